/**
 * All that a module may import. A module says what it wants to know of a host and what should be there;
 * it never runs, compares or prints anything.
 */
import { z } from 'zod';
import { UnitName, type AbsolutePath, type FileName, type PackageName } from './brand.ts';
import type { AuditState } from './observe/attest-trail.ts';
import { absent, type Known } from './observe/observation.ts';
import type { Probe, Probes } from './observe/probe.ts';
import type { Claim } from './plan/claims.ts';
import { localRules } from './resources/block.ts';
import { execDropIn, type ExecDesire, type ExecLayer } from './resources/exec.ts';
import { backlogProbe, type BacklogDesire } from './resources/backlog.ts';
import { dropInDesire } from './resources/drop-in.ts';
import {
  fileProbe,
  Refusal,
  type BlockDesire,
  type FileDesire,
  type Located,
  type Node,
} from './resources/file.ts';
import { packagesProbe, type PackageDesire, type PackageState } from './resources/package.ts';
import { profileProbe } from './resources/profile-probe.ts';
import type { Profile, ProfileDesire, WantedMode } from './resources/profile.ts';
import { modeDesires } from './resources/profile-mode.ts';
import type { Desire } from './resources/resources.ts';
import { dropInProbe, unitProbe, type Unit, type UnitDesire } from './resources/unit.ts';
import { dropInPath, type UnitSettings } from './resources/unit-file.ts';

export { AbsolutePath, FileName, PackageName, ProfileName, UnitName } from './brand.ts';
export { Refusal } from './resources/file.ts';
export { mechanismClaim, settingClaim, type Claim } from './plan/claims.ts';
export { execDropIn, type ExecLayer } from './resources/exec.ts';
export type { Desire } from './resources/resources.ts';
export { definedProfile, type Profile, type UndefinedProfile } from './resources/profile.ts';
export { capabilityNames, unitKeys } from './resources/unit-keys.ts';
export type { Unit } from './resources/unit.ts';
export type { Node } from './resources/file.ts';
export { dropInPath, type UnitSettings } from './resources/unit-file.ts';
export { absent, value } from './observe/observation.ts';

/** The parameter that names the block of local rules that tasks share. */
export const BlockName = z
  .string()
  .regex(/^[A-Za-z0-9_.-]+$/, 'letters, digits, "_", "." and "-" only')
  .default('confine')
  .describe(
    'Name of the marked block. Give each playbook of a host its own, or each takes out the other’s rules.',
  );

/** Observations as `desire` gets them: what is unknown never reaches a module. */
export type KnownSeen<P extends Probes> = {
  readonly [K in keyof P]: P[K] extends Probe<infer T> ? Known<T> : never;
};

/** A drop-in that a task writes. */
export interface DropIn {
  readonly unit: string;
  readonly name: string;
  readonly settings: UnitSettings;
  /** Who chose its settings: the person, in the parameter `settings`, or the module. */
  readonly by: 'person' | 'module';
}

/**
 * A module: one word of the playbook's vocabulary.
 *
 * `claims` names what it owns on a host, for the conflict rules. `dropIn` is the drop-in that it writes, for the
 * rules about units. `observe` returns a record of probes, and `desire` gets their answers under the same names; a
 * host that could not answer one of them never gets there. `desire` may throw {@link Refusal} where the host can't
 * have what is declared.
 */
export interface ModuleDefinition<P extends z.ZodType = z.ZodType, R extends Probes = Probes> {
  readonly name: string;
  readonly summary: string;
  /** Examples of a task, in YAML, for the reference. */
  readonly example: string;
  readonly params: P;
  claims?(want: z.output<P>): readonly Claim[];
  dropIn?(want: z.output<P>): DropIn | undefined;
  observe(want: z.output<P>): R;
  desire(want: z.output<P>, seen: KnownSeen<R>): readonly Desire[];
}

export function defineModule<const N extends string, P extends z.ZodType, R extends Probes>(
  definition: ModuleDefinition<P, R> & { readonly name: N },
): ModuleDefinition<P, R> & { readonly name: N } {
  return definition;
}

/** The parameter `unit` of a module that is about named. */
export const namedUnit = UnitName.default(UnitName.parse('named.service')).describe(
  'The unit; an alias like bind9.service is resolved to the real one.',
);

/** The claim to a file that a task writes whole. */
export const fileClaim = (path: AbsolutePath): Claim => ({
  mechanism: 'unit',
  unit: undefined,
  owns: 'file',
  value: path,
});

/** The same for a drop-in. */
export const dropInClaim = (unit: UnitName, name: FileName): Claim => fileClaim(dropInPath(unit, name));

/** Packages that bring what the rest of a task is about. */
export interface Brought {
  readonly desires: readonly Desire[];
  /** One is not there yet. Nothing else can be said before it is: the host is looked at again behind it. */
  readonly missing: boolean;
  /** In the order of the names; undefined for one that is missing. */
  readonly versions: readonly (string | undefined)[];
}

/** Packages that have to be there before the rest of a task. */
export function packagesFirst(
  names: readonly PackageName[],
  seen: Known<ReadonlyMap<PackageName, Known<PackageState>>>,
): Brought {
  const installed = names.map((name) => (seen.is === 'value' ? (seen.value.get(name) ?? absent) : absent));
  return {
    desires: names.map((name, i) => desire.package(name, installed[i] ?? absent)),
    missing: installed.some((it) => it.is === 'absent'),
    versions: installed.map((it) => (it.is === 'value' ? it.value.version : undefined)),
  };
}

/** The questions a module may ask. */
export const probe = {
  file: fileProbe,
  packages: packagesProbe,
  profile: profileProbe,
  backlog: backlogProbe,
  unit: unitProbe,
  dropIn: dropInProbe,
  /** The drop-in that holds how the unit starts named. */
  exec: (unit: UnitName) => dropInProbe(unit, execDropIn),
} as const;

/** The states a module may want; each is built on what was seen. */
export const desire = {
  file: (path: AbsolutePath, seen: Known<Node>, want: Known<Node>): FileDesire => ({
    resource: 'file',
    path,
    seen,
    want,
  }),
  located: (seen: Located, want: Known<Node>): FileDesire => ({
    resource: 'file',
    path: seen.path,
    seen: seen.node,
    want,
  }),
  /** Local additions to a profile. Throws {@link Refusal} where the profile doesn't include them. */
  rules: (profile: Profile, block: string, lines: readonly string[]): BlockDesire =>
    localRules(profile, block, lines),
  /** A drop-in with these settings; undefined for none. Throws {@link Refusal} where a later file undoes one. */
  dropIn: (unit: Unit, seen: Located, settings: UnitSettings | undefined): FileDesire =>
    dropInDesire(unit, seen, settings),
  exec: (unit: Unit, at: Located, layers: readonly ExecLayer[]): ExecDesire => ({
    resource: 'exec',
    unit,
    at,
    layers,
  }),
  backlog: (seen: Known<AuditState>, atLeast: number, own: number | undefined): BacklogDesire => ({
    resource: 'backlog',
    seen,
    atLeast,
    own,
  }),
  package: (name: PackageName, seen: Known<PackageState>): PackageDesire => ({
    resource: 'package',
    name,
    seen,
  }),
  profile: (profile: Profile, want: Omit<ProfileDesire, 'resource' | 'profile'>): ProfileDesire => ({
    resource: 'profile',
    profile,
    ...want,
  }),
  /** A profile in this mode, now and at the next boot, whatever brought it into another. */
  mode: (profile: Profile, mode: WantedMode, prove: ProfileDesire['prove']): readonly Desire[] =>
    modeDesires(profile, mode, prove),
  unit: (unit: Unit, want: Omit<UnitDesire, 'resource' | 'unit'>): UnitDesire => ({
    resource: 'unit',
    unit,
    ...want,
  }),
} as const;

/**
 * What a probe of a unit saw.
 * @throws {Refusal} where the host has no such unit
 */
export function existing<T>(unit: UnitName, seen: Known<T>): T {
  if (seen.is === 'value') return seen.value;
  throw new Refusal(
    'error',
    `unit ${unit} does not exist on this host`,
    'install the package that brings it first',
  );
}
