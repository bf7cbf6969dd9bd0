import type { CompiledTask } from '../playbook/types.ts';
import type { HostName } from '../brand.ts';
import type { RunningNamed } from '../observe/host.ts';
import type { Hold } from '../observe/attest-holds.ts';
import type { Known, Observation } from '../observe/observation.ts';
import type { Probe, Probes } from '../observe/probe.ts';
import type { ModuleDefinition } from '../module-api.ts';
import { compareBacklog } from '../resources/backlog.ts';
import { withBlock } from '../resources/block.ts';
import { execNode } from '../resources/exec.ts';
import { compareFile, Refusal } from '../resources/file.ts';
import { comparePackage } from '../resources/package.ts';
import type { PredictedHost } from '../resources/predicted-host.ts';
import { compareProfile, type Profile, type UndefinedProfile } from '../resources/profile.ts';
import type { Change, Desire } from '../resources/resources.ts';
import { compareUnit, type Unit } from '../resources/unit.ts';
import { basisOf } from './basis.ts';
import { conflictsBetween, type Conflict } from './conflicts.ts';
import { expectationsOf, inTheEnd } from './expectations.ts';
import { breakable, heldBy, type Held } from './holds.ts';
import { elsewhereClaims, hostClaims, lsmClaims } from './host-claims.ts';
import { orderChanges } from './order.ts';
import { predictedHost } from './predicted.ts';
import { seenUnits } from './seen.ts';
import { sharedThings, type SharedThings } from './shared.ts';
import type { Expectation, HostPlan, TaskPlan, TaskResult } from './types.ts';

/** Facts about a host that a deferred `when` may ask for, as `host.NAME`. */
export type Facts = Readonly<Record<string, unknown>>;

export interface PlanInput {
  readonly host: HostName;
  readonly tasks: readonly CompiledTask[];
  readonly modules: ReadonlyMap<string, ModuleDefinition>;
  readonly facts: Facts;
  /** The kernel's security modules; empty where it does not say. */
  readonly lsm: readonly string[];
  /** The processes called named, each with its unit. */
  readonly named: readonly RunningNamed[];
  /** The answer to a probe of this host. */
  readonly answer: <T>(probe: Probe<T>) => Observation<T>;
  readonly holds: Observation<readonly Hold[]>;
  /** Whether holds end, and the host becomes what its tasks say. */
  readonly breakHolds: boolean;
}

interface Prepared {
  readonly task: CompiledTask;
  readonly module: ModuleDefinition;
  readonly probes: Probes;
}

/**
 * The plan for one host: a pure function of what is declared and what was seen. Tasks run in their order
 * against a predicted host, so each sees what those before it will have changed.
 */
export function planHost(input: PlanInput): HostPlan {
  const prepared = input.tasks.flatMap((task): Prepared[] => {
    const module = input.modules.get(task.module);
    return module ? [{ task, module, probes: module.observe(task.params) }] : [];
  });
  const host = predictedHost();
  const shared = declared(prepared, input);
  const conflicts = conflictsWithHost(prepared, input);
  const holds = input.holds.is === 'value' ? input.holds.value : [];
  const broken = input.breakHolds ? breakable(holds) : [];
  const held = heldBy(holds.filter((it) => !broken.includes(it)));
  const tasks: TaskPlan[] = [];
  const expect = new Map<string, Expectation>();
  const watch = new Set<string>();
  // A unit that is to be silent, whether it is already or not, is asked nothing afterwards.
  const silent = new Set<string>();
  for (const it of prepared) {
    if (!it.task.selected) continue;
    for (const unit of bindUnits(it.probes, input)) watch.add(unit);
    const result = planTask(it, input, host, shared, conflicts, held, expect, silent);
    tasks.push({ name: it.task.name, module: it.task.module, at: it.task.at, result });
  }
  const breaks = broken.length > 0;
  const plan = assemble(input.host, tasks, breaks);
  return {
    ...plan,
    expect: [...expect.values()].filter((it) => !silent.has(it.unit)).map((it) => inTheEnd(it, host)),
    watch: [...watch].filter((it) => !silent.has(it)),
    basis: basisOf(plan.changes, probesOf(prepared), input.answer),
    holds,
    breaks,
  };
}

const probesOf = (prepared: readonly Prepared[]): readonly Probe<unknown>[] =>
  prepared.flatMap(({ probes }) => Object.values(probes));

function assemble(
  host: HostName,
  tasks: readonly TaskPlan[],
  breaks: boolean,
): Pick<HostPlan, 'host' | 'tasks' | 'packages' | 'changes' | 'state'> {
  const all = tasks.flatMap((it) => (it.result.is === 'changes' ? it.result.changes : []));
  const blocked = tasks.some((it) => it.result.is === 'unknown' || it.result.is === 'refused');
  const pending = breaks || all.length > 0 || tasks.some((it) => it.result.is === 'deferred');
  return {
    host,
    tasks,
    packages: all.flatMap((it) => (it.change === 'package' ? [it.name] : [])),
    changes: orderChanges(all),
    state: blocked ? 'blocked' : pending ? 'changes' : 'in-sync',
  };
}

function planTask(
  { task, module, probes }: Prepared,
  input: PlanInput,
  host: PredictedHost,
  shared: SharedThings,
  conflicts: readonly Conflict<CompiledTask, string>[],
  held: Held,
  expect: Map<string, Expectation>,
  silent: Set<string>,
): TaskResult {
  if (task.when.is === 'deferred' && !runs(task, input))
    return { is: 'excluded', reason: `${task.when.conditions.join(' and ')} is false on this host` };
  // One that can't be read may hold anything.
  if (input.holds.is === 'unknown') return { is: 'unknown', reason: input.holds.reason };
  const conflict = conflicts.find((it) => it.a.by === task);
  if (conflict)
    return {
      is: 'refused',
      kind: 'conflict',
      message: `${conflict.rule.title}: the host has ${conflict.b.by}, and ${conflict.rule.reason}`,
      hint: conflict.rule.advice,
    };
  const behind = host.packages.size > 0 ? [...host.packages].join(', ') : undefined;
  const seen = look(probes, input, host);
  const blind = Object.values(seen).find((it) => it.is === 'unknown');
  if (blind?.is === 'unknown')
    return behind === undefined
      ? { is: 'unknown', reason: blind.reason }
      : { is: 'deferred', reason: `known after ${behind} is installed (now: ${blind.reason})` };
  try {
    const changes: Change[] = [];
    const by = new Set<Hold>();
    for (const declared of module.desire(task.params, seen as Readonly<Record<string, Known<unknown>>>)) {
      const { wanted, hold } = held.desire(declared);
      if (hold) by.add(hold);
      if (wanted.resource === 'unit' && wanted.running === false) silent.add(wanted.unit.name);
      for (const it of expectationsOf(wanted))
        expect.set(`${it.is} ${it.unit} ${it.is === 'has' ? it.trait : ''}`, it);
      for (const change of compare(wanted, host, shared, task)) {
        const kept = held.change(change);
        if (kept) by.add(kept);
        else {
          host.predict(change);
          changes.push(change);
        }
      }
    }
    if (changes.length > 0) return { is: 'changes', changes };
    return by.size > 0 ? { is: 'held', by: [...by] } : { is: 'in-sync' };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return behind === undefined
      ? { is: 'refused', kind: error.kind, message: error.message, hint: error.hint }
      : { is: 'deferred', reason: `known after ${behind} is installed (now: ${error.message})` };
  }
}

/** Units among what the probes saw that run named: by the unit's process, or by who runs under a profile. */
function bindUnits(probes: Probes, input: PlanInput): string[] {
  const isBind = (name: string) => /^(named|bind9)(@.*)?\.service$/.test(name);
  return Object.values(probes).flatMap((probe) => {
    const seen = input.answer(probe);
    if (seen.is !== 'value') return [];
    if (probe.key.startsWith('unit:')) {
      const unit = seen.value as Unit;
      return isBind(unit.name) || /\/named( \(deleted\))?$/.test(unit.process?.exe ?? '') ? [unit.name] : [];
    }
    if (!probe.key.startsWith('profile:')) return [];
    const profile = seen.value as Profile | UndefinedProfile;
    return profile.is === 'defined' ? profile.processes.map((it) => it.unit).filter(isBind) : [];
  });
}

/** The answers to a module's probes, as they will be once the changes planned so far are made. */
function look(
  probes: Probes,
  input: PlanInput,
  host: PredictedHost,
): Readonly<Record<string, Observation<unknown>>> {
  return Object.fromEntries(
    Object.entries(probes).map(([name, probe]) => {
      const seen = input.answer(probe);
      return [name, probe.predict ? probe.predict(seen, host) : seen];
    }),
  );
}

function compare(desire: Desire, host: PredictedHost, shared: SharedThings, task: CompiledTask): Change[] {
  switch (desire.resource) {
    case 'file':
      return compareFile(desire, known(desire.seen));
    case 'block': {
      const now = known(desire.seen);
      const want = withBlock(desire, now, shared.linesFor(desire, task, now));
      return compareFile({ resource: 'file', path: desire.path, seen: now, want }, now);
    }
    case 'exec': {
      const now = known(desire.at.node);
      const want = execNode(desire, shared.layersFor(desire, task, now));
      return compareFile({ resource: 'file', path: desire.at.path, seen: now, want }, now);
    }
    case 'backlog':
      return compareBacklog(desire);
    case 'package':
      return comparePackage(desire, known(desire.seen));
    case 'profile':
      return compareProfile(desire, host);
    case 'unit':
      return compareUnit(desire, host);
  }
}

function known<T>(seen: Observation<T>): Known<T> {
  if (seen.is === 'unknown') throw new Refusal('error', seen.reason);
  return seen;
}

/** What the tasks put into things that they share, as far as the host's answers let them say it now. */
function declared(prepared: readonly Prepared[], input: PlanInput): SharedThings {
  const shared = sharedThings(prepared.map((it) => it.task));
  const untouched = predictedHost();
  for (const { task, module, probes } of prepared) {
    const seen = look(probes, input, untouched);
    if (Object.values(seen).some((it) => it.is === 'unknown')) continue;
    try {
      for (const it of module.desire(task.params, seen as Readonly<Record<string, Known<unknown>>>))
        shared.declare(task, it);
    } catch (error) {
      // The task itself says so in its own result.
      if (!(error instanceof Refusal)) throw error;
    }
  }
  return shared;
}

const runs = ({ when }: CompiledTask, { facts }: PlanInput): boolean =>
  when.is !== 'deferred' || when.evaluate(facts);

/** Claims of the tasks against what the host has by other hands. */
function conflictsWithHost(
  prepared: readonly Prepared[],
  input: PlanInput,
): Conflict<CompiledTask, string>[] {
  const claims = prepared.flatMap(({ task, module }) =>
    (module.claims?.(task.params) ?? []).map((claim) => ({ claim, by: task })),
  );
  const { units, owned } = seenUnits(probesOf(prepared), input.answer);
  const alias = new Map(
    [...units.values()].flatMap((unit) => unit.names.map((name) => [name, unit.name] as const)),
  );
  const real = claims.map(({ claim, by }) => ({
    by,
    claim: {
      ...claim,
      unit: claim.unit === undefined ? undefined : (alias.get(claim.unit as Unit['name']) ?? claim.unit),
    },
  }));
  // How the unit starts once the tasks are done: their user, else the host's.
  const starts = new Set(
    real.flatMap(({ claim, by }) => (claim.owns === 'User' && runs(by, input) ? [claim.unit] : [])),
  );
  return conflictsBetween(real, [
    ...lsmClaims(input.lsm),
    ...elsewhereClaims([...units.values()], input.named),
    ...[...units.values()]
      .flatMap((unit) => hostClaims(unit, owned))
      .filter(({ claim }) => claim.owns !== 'User' || !starts.has(claim.unit)),
  ]);
}
