import { z } from 'zod';
import { ProfileName } from '../brand.ts';
import { relaxable, type Relaxable } from './relaxable.ts';
import { namedUnit } from '../observe/named-unit.ts';
import { placedProbe, type Placed } from '../observe/placed.ts';
import { execDropIn } from '../resources/exec.ts';
import { Refusal, sameNode, type FileDesire } from '../resources/file.ts';
import { profileProbe } from '../resources/profile-probe.ts';
import { definedProfile, type Profile, type UndefinedProfile } from '../resources/profile.ts';
import { modeDesires } from '../resources/profile-mode.ts';
import type { Desire } from '../resources/resources.ts';
import { unitProbe, type Unit } from '../resources/unit.ts';
import { parseUnitFile } from '../resources/unit-file.ts';
import type { Known } from '../observe/observation.ts';
import type { ModuleDefinition } from '../module-api.ts';

const ofDropIn: Readonly<Record<string, Relaxable>> = {
  '50-confine-sandbox.conf': 'systemd_sandbox',
  '50-confine-seccomp.conf': 'seccomp',
  '50-confine-firejail.conf': 'firejail',
};

/** The mechanisms that a file serves: of how named starts, each layer is one's. */
function mechanismsOf({ path, now }: Pick<Placed, 'path' | 'now'>): readonly Relaxable[] {
  if (path.startsWith('/etc/firejail/')) return ['firejail'];
  const name = path.slice(path.lastIndexOf('/') + 1);
  const settings =
    now.is === 'value' && now.value.is === 'file' ? parseUnitFile(now.value.content.toString('utf8')) : [];
  const served = new Set<Relaxable>();
  if (settings.some((it) => it.key === 'AppArmorProfile')) served.add('aa-exec');
  if (name === `${execDropIn}.conf`) {
    const start = settings.findLast((it) => it.key === 'ExecStart')?.value ?? '';
    if (/\bfirejail\b/.test(start)) served.add('firejail');
    if (/\baa-exec\b/.test(start)) served.add('aa-exec');
    // Only the sandbox takes -u out of the options, by which named would become bind.
    if (start !== '' && !/\s-u\s*\S|\$OPTIONS\b/.test(start)) served.add('systemd_sandbox');
  }
  if (served.size === 0) served.add(ofDropIn[name] ?? 'systemd_dropin');
  return [...served];
}

/** Whether a process is unconfined without it, so that its profile has nothing to say while it is out. */
export const bringsLabel = (it: Relaxable): boolean => it === 'aa-exec';

/** The profile of named: relaxing is about BIND. */
export const relaxedProfile = ProfileName.parse('named');

/**
 * Backs out mechanisms: AppArmor goes into complain mode, and files that confine put in place become what they
 * were before it. No word of playbooks, but planned and applied as a task is.
 */
export const relaxModule: ModuleDefinition = {
  name: 'relax',
  summary: 'Mechanisms of confinement, backed out',
  example: '',
  params: z.array(z.enum(relaxable)).min(1),
  observe: () => ({
    unit: unitProbe(namedUnit()),
    profile: profileProbe(relaxedProfile),
    placed: placedProbe,
  }),
  desire: (want, seen) => {
    const chosen = want as readonly Relaxable[];
    const unit = seen['unit'] as Known<Unit>;
    const placed = seen['placed'] as Known<readonly Placed[]>;
    const files = placed.is === 'value' && unit.is === 'value' ? standing(placed.value, unit.value) : [];
    const desires: readonly Desire[] = [
      ...(chosen.includes('apparmor')
        ? complaining(seen['profile'] as Known<Profile | UndefinedProfile>)
        : []),
      ...files.flatMap((it) => backOut(it, chosen)),
    ];
    if (desires.length === 0)
      throw new Refusal(
        'error',
        `confine has nothing in place here of ${chosen.join(', ')}`,
        'confine status shows what confines named, and whether a hold has it relaxed already',
      );
    return unit.is === 'value' &&
      desires.some((it) => it.resource === 'file' && it.path.includes('.service.d/'))
      ? [...desires, { resource: 'unit', unit: unit.value, loaded: 'current', running: true }]
      : desires;
  },
};

/** What is there now of confine's, for this unit or a jail. */
const standing = (placed: readonly Placed[], unit: Unit): readonly Placed[] =>
  placed.filter(
    (it) =>
      it.now.is === 'value' &&
      !sameNode(it.now, it.before) &&
      (it.path.startsWith('/etc/firejail/') || unit.names.some((name) => it.path.includes(`/${name}.d/`))),
  );

function backOut(it: Placed, chosen: readonly Relaxable[]): FileDesire[] {
  const served = mechanismsOf(it);
  const rest = served.filter((one) => !chosen.includes(one));
  if (rest.length === served.length) return [];
  if (rest.length > 0)
    throw new Refusal(
      'error',
      `${it.path} serves ${served.join(' and ')}, which can only go together`,
      `add ${rest.map((one) => `--mechanism ${one}`).join(' ')}`,
    );
  if (!it.own)
    throw new Refusal(
      'error',
      `${it.path} is no longer as confine had left it`,
      'somebody changed it: keep that elsewhere, confine apply, then relax',
    );
  return [{ resource: 'file', path: it.path, seen: it.now, want: it.before }];
}

function complaining(seen: Known<Profile | UndefinedProfile>): readonly Desire[] {
  if (seen.is === 'absent' || seen.value.is === 'undefined') return [];
  const profile = definedProfile(relaxedProfile, seen);
  const denies = profile.loaded.is === 'value' && ['enforce', 'kill'].includes(profile.loaded.value.mode);
  return denies ? modeDesires(profile, 'complain', 'none') : [];
}
