import type { BindConfig, Start } from '../bind/config.ts';
import type { HostFacts } from '../observe/host.ts';
import type { Observation } from '../observe/observation.ts';
import { runsUnder, type Profile, type UndefinedProfile } from '../resources/profile.ts';
import { attachesTo } from '../resources/profile-header.ts';
import { covers, dataPlaces, type Place } from './data.ts';
import { unmeasured } from './features.ts';

/** What a look at a host found, as far as advice needs it. */
export interface Sight {
  readonly facts: HostFacts;
  /** The unit of named. */
  readonly unit: string;
  readonly profile: Observation<Profile | UndefinedProfile>;
  readonly config: Observation<BindConfig>;
}

/** A choice, and why it was made, for a comment. */
export interface Choice<T> {
  readonly is: T;
  readonly why: string;
}

/** What suits a host. Hosts with equal advice share a play. */
export interface Advice {
  /** The unit that starts named. */
  readonly unit: string;
  /** `none` where the kernel runs without AppArmor, or has no profile for named. */
  readonly apparmor: Choice<'complain' | 'enforce' | 'none'>;
  /** Rules that the packaged profile lacks for the places of this host's data. */
  readonly rules: readonly string[];
  /** `none` where the unit can't be put into one. */
  readonly sandbox: Choice<'baseline' | 'strict' | 'firejail' | 'none'>;
  /** Paths that the tier would leave read-only, and that named writes. */
  readonly writable: readonly string[];
  readonly service: boolean;
  /** What a person should look at before applying. */
  readonly warnings: readonly string[];
}

/** What the packaged profile lets named read and write (bind9 of Debian 11, 12 and 13). */
const profileWrites = ['/var/lib/bind', '/var/cache/bind', '/var/log/named', '/run/named'];
const profileReads = [...profileWrites, '/etc/bind', '/usr/share/GeoIP', '/usr/share/dns'];
/** What the tier strict leaves writable by itself. */
const strictWrites = profileWrites;
/** What is read-only in the tier baseline. */
const baselineReadOnly = ['/usr', '/boot', '/efi', '/etc', '/home', '/root', '/run/user'];
const homes = ['/home', '/root', '/run/user'];

const isIn = (folders: readonly string[], { path }: Place): boolean => folders.some((it) => covers(it, path));

/** Names that a rule or a setting takes as they are: no globs, no variables, no spaces. */
const isPlain = ({ path }: Place): boolean => /^[\w./+:@~-]+$/.test(path);

/**
 * Advice by the field's rule: the security module that the distribution ships with, systemd's sandbox where there
 * is systemd, Firejail only where neither can be; and of each the careful end first.
 */
export function adviseFor({ facts, unit, profile, config }: Sight): Advice {
  const warnings: string[] = [];
  const known = config.is === 'value' ? config.value : undefined;
  if (config.is === 'unknown')
    warnings.push(`its configuration could not be read, so its data paths are not known: ${config.reason}`);
  const places = known ? dataPlaces(known) : { read: [], write: [] };
  for (const it of [...places.read, ...places.write].filter((one) => !isPlain(one)))
    warnings.push(
      `no rule is proposed for ${it.path}: write one by hand, with its special characters quoted`,
    );
  // BIND writes through a new file beside the old one, which takes the folder, and that holds far more.
  const misplaced = places.write.filter((it) => it.is === 'file' && !isIn(profileWrites, it));
  for (const { path } of misplaced)
    warnings.push(`named writes ${path}, in a folder that should stay closed: move it below /var/lib/bind`);
  const read = places.read.filter(isPlain);
  const write = places.write.filter((it) => isPlain(it) && !misplaced.includes(it));
  const unproven = known ? unmeasured(known) : [];
  for (const { name, risk } of unproven) warnings.push(`no tier was measured with ${name}: ${risk}`);
  const chroot = (known?.start.root ?? '') !== '';
  if (chroot) warnings.push('named runs in a chroot (-t), which every tier and Firejail conflict with');

  const apparmor = apparmorFor(profile, known?.start);
  const sandbox = sandboxFor(facts, apparmor.is !== 'none', {
    chroot,
    known: known !== undefined,
    unproven,
    misplaced,
    read,
    write,
  });
  return {
    unit,
    apparmor,
    rules: apparmor.is === 'none' ? [] : rulesFor(read, write),
    sandbox,
    writable: writableFor(sandbox.is, write),
    service: facts.systemd,
    warnings,
  };
}

function apparmorFor(profile: Sight['profile'], start: Start | undefined): Advice['apparmor'] {
  if (profile.is !== 'value')
    return {
      is: 'none',
      why: `no AppArmor: ${profile.is === 'unknown' ? profile.reason : 'the host has none'}`,
    };
  const found = profile.value;
  if (found.is === 'undefined')
    return {
      is: 'none',
      why: 'AppArmor is on, but no file in /etc/apparmor.d defines the profile "named": the package bind9 brings it',
    };
  if (start && !attachesTo(found.header.attach, start.binary) && !isUnder(found, start.unit))
    return {
      is: 'none',
      why: `no profile attaches to ${start.binary}, which ${start.unit} starts: apparmor_exec puts it under one, with its own paths`,
    };
  const enforced = found.loaded.is === 'value' && found.loaded.value.mode === 'enforce' && isUnder(found);
  return enforced
    ? { is: 'enforce', why: 'named runs under it in enforce mode already, and stays so' }
    : {
        is: 'complain',
        why: 'it only records what it would deny, until days of real work have shown that nothing is missing',
      };
}

/** Whether a process runs under a profile, of a unit or of any. */
const isUnder = ({ processes, header }: Profile, unit?: string): boolean =>
  processes.some((it) => runsUnder(it.label, header.name) && (unit === undefined || it.unit === unit));

interface Evidence {
  readonly chroot: boolean;
  /** Whether the configuration could be read. */
  readonly known: boolean;
  readonly unproven: readonly { readonly name: string }[];
  readonly misplaced: readonly Place[];
  readonly read: readonly Place[];
  readonly write: readonly Place[];
}

function sandboxFor(facts: HostFacts, apparmor: boolean, it: Evidence): Advice['sandbox'] {
  if (it.chroot) return { is: 'none', why: 'named runs in a chroot (-t), which conflicts with every tier' };
  if (!facts.systemd)
    return apparmor
      ? { is: 'none', why: 'there is no systemd, and beside AppArmor Firejail is not needed' }
      : { is: 'firejail', why: 'there is neither AppArmor nor systemd' };
  if (!it.known) return { is: 'baseline', why: 'the tier that assumes nothing about where data lies' };
  if (it.unproven.length > 0)
    return {
      is: 'baseline',
      why: `the tier that takes least away, since none was measured with ${it.unproven.map(({ name }) => name).join(', ')}`,
    };
  const [stray] = it.misplaced;
  if (stray) return { is: 'baseline', why: `strict would keep named from writing ${stray.path}` };
  const hidden = [...it.read, ...it.write].find((place) => isIn(homes, place));
  if (hidden)
    return { is: 'baseline', why: `strict hides home folders, and named has data in ${hidden.path}` };
  return {
    is: 'strict',
    why: 'named.conf names every place that named writes, and holds nothing that the tier was not measured with',
  };
}

/** Rules of apparmor.d(5) for places that the packaged profile does not have. */
function rulesFor(read: readonly Place[], write: readonly Place[]): readonly string[] {
  const rules = (place: Place, rights: string): readonly string[] =>
    place.is === 'file'
      ? [`${place.path} ${rights},`]
      : [`${place.path}/ ${rights},`, `${place.path}/** ${rights},`];
  return [
    ...read.filter((it) => !isIn(profileReads, it)).flatMap((it) => rules(it, 'r')),
    ...write.filter((it) => !isIn(profileWrites, it)).flatMap((it) => rules(it, 'rw')),
  ];
}

function writableFor(tier: Advice['sandbox']['is'], write: readonly Place[]): readonly string[] {
  const needed =
    tier === 'strict' || tier === 'firejail'
      ? write.filter((it) => !isIn(strictWrites, it))
      : tier === 'baseline'
        ? write.filter((it) => isIn(baselineReadOnly, it))
        : [];
  return needed.map(({ path }) => path);
}
