import { predictedHost } from '../plan/predicted.ts';
import { parseLoaded } from '../resources/profile-probe.ts';
import type { LoadedProfile } from '../resources/profile.ts';
import { attachesTo } from '../resources/profile-header.ts';
import { staleness, unitProbe, type Unit } from '../resources/unit.ts';
import type { UnitName } from '../brand.ts';
import { exposureProbe, lastTransactionProbe } from '../observe/attest.ts';
import { conffilesProbe, type ChangedConffile } from '../observe/attest-conffiles.ts';
import { holdsProbe, type Hold } from '../observe/attest-holds.ts';
import { listenersProbe, type Listener } from '../observe/attest-listeners.ts';
import { namedProbe, type NamedProcesses } from '../observe/attest-process.ts';
import { trailProbe, type Trail } from '../observe/attest-trail.ts';
import { knownUnitsProbe, namedUnit, type KnownUnit } from '../observe/named-unit.ts';
import type { Frames } from '../observe/frames.ts';
import { absent, value, type Observation } from '../observe/observation.ts';
import type { HostFacts } from '../observe/host.ts';
import type { Observations } from '../observe/observe.ts';
import type { Probe } from '../observe/probe.ts';
import type { Transaction } from '../observe/transaction.ts';

/** The unit of named as systemd has it, without the bytes of its files. */
export interface UnitState {
  readonly name: string;
  readonly active: string;
  readonly enabled: string;
  readonly invocation: string;
  /** Seconds since the epoch. */
  readonly startedAt: number;
  /** By systemd itself, since somebody last started it. */
  readonly restarts: number;
  /** Absent: no start of it was ever proven. */
  readonly proven: Observation<'this start' | 'an earlier start'>;
  /** Why the running process is not the one that is declared. */
  readonly stale: readonly string[];
  /** The loaded profile that attaches to its binary. */
  readonly attaches: LoadedProfile | undefined;
}

/** A unit that is to run a named and does not. */
export interface IdleUnit {
  readonly name: string;
  readonly active: string;
  readonly because: 'a playbook declares it' | 'it is enabled';
}

/** What confines named on a host right now, and what bears on it. All of it is read in one trip. */
export interface Attestation {
  /** Seconds since the epoch, by the host's clock; undefined where it did not say. */
  readonly at: number | undefined;
  /** The unit that runs named, or would. */
  readonly unit: Observation<UnitState>;
  /** Other units that are to run a named, by a playbook or since they are enabled, and do not. */
  readonly idle: readonly IdleUnit[];
  readonly named: Observation<NamedProcesses>;
  readonly exposure: Observation<number>;
  readonly last: Observation<Transaction>;
  /** Transactions whose end nobody was told, and who changes the host at this moment. */
  readonly untold: readonly Transaction[];
  readonly holder: string | undefined;
  readonly holds: Observation<readonly Hold[]>;
  readonly conffiles: Observation<readonly ChangedConffile[]>;
  readonly trail: Observation<Trail>;
  readonly listeners: Observation<readonly Listener[]>;
}

/** The name of the unit that runs named, or would; the distribution's where that can't be told. */
export const starterOf = ({ unit }: Pick<Attestation, 'unit'>): string =>
  unit.is === 'value' ? unit.value.name : 'named.service';

/** The questions of an attestation. */
export interface AttestationProbes {
  /** The unit of named with its files. */
  readonly unit: Probe<Unit>;
  readonly named: Probe<NamedProcesses>;
  readonly exposure: Probe<number>;
  readonly trail: Probe<Trail>;
  readonly known: Probe<readonly KnownUnit[]>;
  readonly declared: readonly UnitName[];
}

/**
 * What to ask a host for its attestation.
 * @param declared units that its tasks are about
 */
export function attestationProbes(declared: readonly UnitName[]): AttestationProbes {
  const of = namedUnit(declared);
  return {
    unit: unitProbe(of),
    named: namedProbe(of),
    exposure: exposureProbe(of),
    trail: trailProbe(of),
    known: knownUnitsProbe(of),
    declared,
  };
}

/** All of them. */
export const allOf = ({
  unit,
  named,
  exposure,
  trail,
  known,
}: AttestationProbes): readonly Probe<unknown>[] => [
  unit,
  named,
  exposure,
  lastTransactionProbe,
  holdsProbe,
  conffilesProbe,
  trail,
  listenersProbe,
  known,
];

/** The attestation in the answer of a host. */
export function attestation(
  probes: AttestationProbes,
  { answer, frames }: Observations,
  { untold, holder }: Pick<HostFacts, 'untold' | 'holder'>,
): Attestation {
  const unit = answer(probes.unit);
  const clock = frames.text('unit clock')?.split('\n')[0];
  const processes = answer(probes.named);
  return {
    at: clock ? Number(clock) : undefined,
    unit: unit.is === 'value' ? value(unitState(unit.value, attached(frames, processes))) : unit,
    idle: unit.is === 'value' ? idleBeside(unit.value, answer(probes.known), probes.declared) : [],
    named: processes,
    exposure: answer(probes.exposure),
    last: answer(lastTransactionProbe),
    untold,
    holder,
    holds: answer(holdsProbe),
    conffiles: answer(conffilesProbe),
    trail: answer(probes.trail),
    listeners: answer(listenersProbe),
  };
}

/** A unit that is disabled or masked is not meant to run, unless a playbook says so. */
function idleBeside(
  { name: own }: Unit,
  known: Observation<readonly KnownUnit[]>,
  declared: readonly UnitName[],
): readonly IdleUnit[] {
  if (known.is !== 'value') return [];
  const found = known.value
    .filter(({ name, active }) => name !== own && !['active', 'reloading'].includes(active))
    .flatMap(({ by, name, active, enabled }): IdleUnit[] => {
      if (declared.some((it) => it === by)) return [{ name, active, because: 'a playbook declares it' }];
      return enabled.startsWith('enabled') ? [{ name, active, because: 'it is enabled' }] : [];
    });
  return found.filter(({ name }, i) => found.findIndex((it) => it.name === name) === i);
}

/** The loaded profile for the binary of named itself: the main process of a unit may be a wrapper. */
function attached(frames: Frames, named: Observation<NamedProcesses>): LoadedProfile | undefined {
  const loaded = parseLoaded(frames);
  if (loaded.is !== 'value' || named.is !== 'value' || named.value.process.is !== 'value') return undefined;
  const { exe } = named.value.process.value;
  if (exe.is !== 'value') return undefined;
  return loaded.value.find((it) => attachesTo(it.attach, exe.value.replace(/ \(deleted\)$/, '')));
}

function unitState(unit: Unit, attaches: LoadedProfile | undefined): UnitState {
  const { name, active, enabled, invocation, startedAt, restarts, record } = unit;
  return {
    name,
    active,
    enabled,
    invocation,
    startedAt,
    restarts,
    proven: record ? value(record.invocation === invocation ? 'this start' : 'an earlier start') : absent,
    stale: staleness(unit, predictedHost()),
    attaches,
  };
}
