import { predictedHost } from '../plan/predicted.ts';
import { parseLoaded } from '../resources/profile-probe.ts';
import type { LoadedProfile } from '../resources/profile.ts';
import { attachesTo } from '../resources/profile-header.ts';
import { staleness, unitProbe, type Unit } from '../resources/unit.ts';
import { UnitName } from '../brand.ts';
import { exposureProbe, lastTransactionProbe } from '../observe/attest.ts';
import { conffilesProbe, type ChangedConffile } from '../observe/attest-conffiles.ts';
import { holdsProbe, type Hold } from '../observe/attest-holds.ts';
import { listenersProbe, type Listener } from '../observe/attest-listeners.ts';
import { namedProbe, type NamedProcesses } from '../observe/attest-process.ts';
import { trailProbe, type Trail } from '../observe/attest-trail.ts';
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

/** What confines named on a host right now, and what bears on it. All of it is read in one trip. */
export interface Attestation {
  /** Seconds since the epoch, by the host's clock; undefined where it did not say. */
  readonly at: number | undefined;
  readonly unit: Observation<UnitState>;
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

const named = UnitName.parse('named.service');
const probes = {
  unit: unitProbe(named),
  named: namedProbe(named),
  exposure: exposureProbe(named),
  last: lastTransactionProbe,
  holds: holdsProbe,
  conffiles: conffilesProbe,
  trail: trailProbe(named),
  listeners: listenersProbe,
};

/** Asks for the unit of named with its files. */
export const namedUnitProbe = probes.unit;

/** All questions of an attestation. */
export const attestationProbes: readonly Probe<unknown>[] = Object.values(probes);

/** The attestation in the answer of a host. */
export function attestation(
  { answer, frames }: Observations,
  { untold, holder }: Pick<HostFacts, 'untold' | 'holder'>,
): Attestation {
  const unit = answer(probes.unit);
  const clock = frames.text('unit clock')?.split('\n')[0];
  const processes = answer(probes.named);
  return {
    at: clock ? Number(clock) : undefined,
    unit: unit.is === 'value' ? value(unitState(unit.value, attached(frames, processes))) : unit,
    named: processes,
    exposure: answer(probes.exposure),
    last: answer(probes.last),
    untold,
    holder,
    holds: answer(probes.holds),
    conffiles: answer(probes.conffiles),
    trail: answer(probes.trail),
    listeners: answer(probes.listeners),
  };
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
