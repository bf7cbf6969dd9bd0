import type { z } from 'zod';
import { InputError, type Diagnostic } from '../errors.ts';
import type { ModuleDefinition } from '../module-api.ts';
import type { ModuleFile } from '../own-modules/find.ts';
import { loadTemplates } from '../playbook/template.ts';
import { taskAt } from '../playbook/task-at.ts';
import type { CompiledTask, HostTasks, RunPlay } from '../playbook/types.ts';
import { deferredWhen } from '../playbook/when.ts';
import { diagnose } from '../yaml/diagnose.ts';
import { findingAt, type Spot } from '../yaml/spot.ts';
import { approvalOf } from './approved.ts';
import { format, placesIn, PlanFile, readJson, rejectOthers, type Task } from './saved-format.ts';
import type { HostPlan } from './types.ts';

/** Who made a plan, from what, and whether it ends holds. */
export interface Origin {
  readonly version: string;
  readonly commit: string;
  readonly by: string;
  /** ISO 8601. */
  readonly made: string;
  readonly breakHolds: boolean;
}

/** A host of a saved plan: the tasks that its plan was made of, and what was approved with it. */
export interface PlannedHost extends Pick<HostTasks, 'host' | 'plays' | 'become' | 'tasks'> {
  readonly confirm: PlanFile['hosts'][number]['confirm'];
  readonly approved: PlanFile['hosts'][number]['approved'];
}

export interface SavedPlan {
  readonly origin: Origin;
  readonly hosts: readonly PlannedHost[];
  readonly leftOut: PlanFile['leftOut'];
  /** The place of a host in the file. */
  spotOf(host: PlannedHost): Spot;
}

/** The text of a plan file. It holds what tasks write, and nothing of how hosts are reached. */
export function planFileText(
  origin: Origin,
  hosts: readonly { readonly tasks: HostTasks; readonly plan: HostPlan }[],
  leftOut: PlanFile['leftOut'],
  own: readonly ModuleFile[] = [],
): string {
  const used = own.filter(({ name }) =>
    hosts.some((it) => it.tasks.tasks.some(({ module }) => module === name)),
  );
  const file: PlanFile = {
    confine: 'plan',
    format,
    ...origin,
    ...(used.length > 0 && { modules: used.map(({ name, path, sha256 }) => ({ name, path, sha256 })) }),
    hosts: hosts.map(({ tasks: { host, plays, become, confirm, tasks }, plan }) => {
      const { packages, changes, deferred } = approvalOf(plan);
      return {
        host,
        plays: plays.map(({ serial, rollout, ...play }) => ({
          ...play,
          serial: [...serial],
          ...(rollout && { rollout: { name: rollout.name } }),
        })),
        become,
        confirm: confirm && {
          within: confirm.within,
          from: confirm.from === 'controller' ? undefined : confirm.from.host,
        },
        tasks: tasks.map(savedTask),
        approved: { packages: [...packages], changes: [...changes], deferred: [...deferred] },
      };
    }),
    leftOut,
  };
  return `${JSON.stringify(file, undefined, 2)}\n`;
}

function savedTask({ name, module, at, play, params, selected, when }: CompiledTask) {
  const asks =
    when.is === 'yes' ? {} : { when: { conditions: [...when.conditions], values: { ...when.values } } };
  return { name, module, at, play, params, selected, ...asks };
}

/**
 * Reads a plan file.
 * @throws {InputError} with what is wrong and where: no JSON, another format, parameters that no module takes
 */
export async function readSavedPlan(
  text: string,
  file: string,
  modules: ReadonlyMap<string, ModuleDefinition>,
  own: readonly ModuleFile[] = [],
): Promise<SavedPlan> {
  const value = readJson(text, file);
  const spot = placesIn(text, file);
  rejectOthers(value, spot);
  const parsed = PlanFile.safeParse(value);
  const again = 'make the plan again: confine plan … --out FILE';
  const reject = (findings: readonly Diagnostic[]): never => {
    throw new InputError(findings.map((it) => ({ hint: again, ...it })));
  };
  if (!parsed.success)
    return reject(diagnose(parsed.error.issues, { value, schema: PlanFile, spot, raw: () => undefined }));
  const { hosts, leftOut, modules: needed = [], ...origin } = parsed.data;
  const others = needed.flatMap((it, i) => otherModule(it, own, spot(['modules', i, 'name'])) ?? []);
  if (others.length > 0) return reject(others);
  const found: Diagnostic[] = [];
  const planned: PlannedHost[] = [];
  const playOf = oneOfEach<RunPlay>();
  for (const [i, { host, plays, become, confirm, tasks, approved }] of hosts.entries()) {
    const compiled: CompiledTask[] = [];
    for (const [j, task] of tasks.entries()) {
      const at = ['hosts', i, 'tasks', j];
      const params = modules.get(task.module)?.params;
      const checked = params?.safeParse(task.params);
      if (!params || !checked)
        found.push(findingAt(spot([...at, 'module']), `there is no module "${task.module}"`));
      else if (!checked.success)
        found.push(
          ...diagnose(checked.error.issues, {
            name: task.module,
            value: task.params,
            schema: params,
            spot: (path, which) => spot([...at, 'params', ...path], which),
            raw: () => undefined,
          }),
        );
      else compiled.push(await compiledTask(task, j, checked.data));
    }
    planned.push({
      host,
      plays: plays.map((it) => playOf({ ...it, maxFail: it.maxFail })),
      become,
      confirm,
      tasks: compiled,
      approved,
    });
  }
  if (found.length > 0) return reject(found);
  return { origin, hosts: planned, leftOut, spotOf: (it) => spot(['hosts', planned.indexOf(it), 'host']) };
}

/** Code that a plan needs is never loaded for its sake: whoever applies it says where it is, and it must be the same. */
function otherModule(needed: ModuleFile, own: readonly ModuleFile[], spot: Spot): Diagnostic | undefined {
  const { name, path, sha256 } = needed;
  const here = own.find((it) => it.name === name);
  if (here === undefined)
    return findingAt(
      spot,
      `this plan needs the module "${name}", which does not ship with confine: ${path} (sha256 ${sha256})`,
      'read it; if you trust it, name its folder: --module-path FOLDER',
    );
  if (here.sha256 === sha256) return undefined;
  return findingAt(
    spot,
    `the module "${name}" is not the one that this plan was made with: ${here.path} has the sha256 ${here.sha256}, and not ${sha256}`,
  );
}

/** Hosts of one play share it, which is how its batches and its failures are counted. */
function oneOfEach<T>(): (it: T) => T {
  const known = new Map<string, T>();
  return (it) => {
    const key = JSON.stringify(it);
    const one = known.get(key) ?? it;
    known.set(key, one);
    return one;
  };
}

async function compiledTask(
  { name, module, at, play, selected, when }: z.output<typeof Task>,
  index: number,
  params: unknown,
): Promise<CompiledTask> {
  const spot = { at, length: 1 };
  const asks = when && deferredWhen(when.conditions, when.values, () => spot, await loadTemplates());
  return taskAt(spot, { index, name, module, play, params, selected, ...(asks && { when: asks }) });
}
