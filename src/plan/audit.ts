import { z } from 'zod';
import { AbsolutePath, ProfileName } from '../brand.ts';
import type { ModuleDefinition } from '../module-api.ts';
import { holdsProbe, type Hold } from '../observe/attest-holds.ts';
import type { AuditState } from '../observe/attest-trail.ts';
import type { Known } from '../observe/observation.ts';
import { endCommand } from './holds.ts';
import { backlogProbe } from '../resources/backlog.ts';
import { fileProbe, Refusal, type Node } from '../resources/file.ts';
import { profileProbe } from '../resources/profile-probe.ts';
import { definedProfile, type Profile, type UndefinedProfile } from '../resources/profile.ts';
import { withAuditFlag } from '../resources/profile-mode.ts';

const conf = AbsolutePath.parse('/etc/audit/auditd.conf');

/** What auditd can be told to do where it can't write; records in thousands make each of them likely. */
const actions = [
  'space_left_action',
  'admin_space_left_action',
  'disk_full_action',
  'disk_error_action',
  'overflow_action',
];

/** The first setting of auditd.conf(5) that brings the host down, as `disk_full_action = HALT`. */
export function haltingSetting(text: string): string | undefined {
  const settings = text.split('\n').flatMap((line): (readonly [string, string])[] => {
    const [, key = '', to = ''] = /^\s*([a-z_]+)\s*=\s*(\S+)/i.exec(line) ?? [];
    return key === '' ? [] : [[key.toLowerCase(), to]];
  });
  const found = settings.find(([key, to]) => actions.includes(key) && /^(halt|single)$/i.test(to));
  return found?.join(' = ');
}

/**
 * Has the kernel record what a profile allows, too, by a flagged copy of its file. No word of playbooks, since
 * each apply would begin it anew, but planned and applied as a task is.
 */
export const auditModule: ModuleDefinition = {
  name: 'audit',
  summary: 'Records of all that a profile allows',
  example: '',
  params: z.strictObject({ profile: ProfileName }),
  observe: (want) => ({
    profile: profileProbe(profileOf(want)),
    auditd: fileProbe(conf),
    kernel: backlogProbe,
    holds: holdsProbe,
  }),
  desire: (want, seen) => {
    const name = profileOf(want);
    const profile = definedProfile(name, seen['profile'] as Known<Profile | UndefinedProfile>);
    refuseUnloaded(profile);
    refuseHeld(profile, seen['holds'] as Known<readonly Hold[]>);
    refuseStale(profile);
    refuseHalting(seen['auditd'] as Known<Node>);
    refusePanic(seen['kernel'] as Known<AuditState>);
    const copy = Buffer.from(withAuditFlag(contentOf(profile), profile.header.name), 'latin1');
    return [{ resource: 'profile', profile, mode: undefined, prove: 'none', copy }];
  },
};

const profileOf = (want: unknown): ProfileName => (want as { profile: ProfileName }).profile;

function refuseUnloaded({ header: { name }, loaded, disable }: Profile): void {
  const mode = loaded.is === 'value' ? loaded.value.mode : undefined;
  if ((mode === 'enforce' || mode === 'complain') && disable.node.is === 'absent') return;
  throw new Refusal(
    'error',
    mode === undefined || disable.node.is !== 'absent'
      ? `profile ${name} is ${mode === undefined ? 'not loaded' : 'disabled'}, so the kernel has nothing to record of it`
      : `profile ${name} is in ${mode} mode, not in enforce or complain`,
    `apparmor_mode: { profile: ${name}, mode: enforce } in a playbook loads it`,
  );
}

function refuseHeld({ header: { name } }: Profile, holds: Known<readonly Hold[]>): void {
  const hold = holds.is === 'value' ? holds.value.find((it) => it.profiles.includes(name)) : undefined;
  if (!hold) return;
  const command = endCommand(hold);
  throw new Refusal(
    'error',
    `profile ${name} is held already (${hold.kind}) by ${hold.who || 'somebody'}, and the end of one would end the other`,
    command === undefined ? 'wait for its end; confine status shows when that is' : `${command} ends that`,
  );
}

/** Neither is the audit's own doing, so its end could not give it back. */
function refuseStale({ header: { name, flags }, file, policy }: Profile): void {
  const what = flags.includes('audit')
    ? `${file.path} has the flag audit already`
    : policy === 'stale'
      ? `the kernel runs other rules of profile ${name} than its files hold, and an audit would load those`
      : undefined;
  if (what !== undefined)
    throw new Refusal(
      'error',
      what,
      `apparmor_mode: { profile: ${name}, mode: enforce } in a playbook has the kernel run what the package brought`,
    );
}

function refuseHalting(auditd: Known<Node>): void {
  const setting =
    auditd.is === 'value' && auditd.value.is === 'file'
      ? haltingSetting(auditd.value.content.toString('latin1'))
      : undefined;
  if (setting !== undefined)
    throw new Refusal(
      'error',
      `auditd would bring this host down: ${conf} has ${setting}, and each query writes some 2.5 kB of records`,
      'set it to SUSPEND or SYSLOG, or audit a copy of this server',
    );
}

function refusePanic(kernel: Known<AuditState>): void {
  if (kernel.is === 'value' && kernel.value.panics)
    throw new Refusal(
      'error',
      'the kernel of this host panics where it loses a record (auditctl -f 2), and an audit writes more than it may keep up with',
      'auditctl -f 1 for the time of the audit, or audit a copy of this server',
    );
}

function contentOf({ file }: Profile): string {
  if (file.node.is === 'value' && file.node.value.is === 'file')
    return file.node.value.content.toString('latin1');
  throw new Refusal(
    'error',
    `${file.path} is no plain file`,
    'confine copies what the package brought as one',
  );
}
