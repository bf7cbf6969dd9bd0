import { InputError, type Diagnostic } from '../errors.ts';
import type { ModuleDefinition } from '../module-api.ts';
import { rejectConflicts } from '../plan/offline.ts';
import type { HostPlan, TaskResult } from '../plan/types.ts';
import { lintTasks } from '../plan/units.ts';
import { taskAt } from '../playbook/task-at.ts';
import type { CompiledTask } from '../playbook/types.ts';
import type { Change } from '../resources/resources.ts';
import { namedSpot } from '../yaml/spot.ts';
import type { Found, Note, Thing } from './things.ts';

/** What of a host is declared: a plan of it is in sync, but for what is pending. */
export interface Adopted extends Found {
  /** What a plan shows all the same: a process that is older than its files. */
  readonly pending: readonly Note[];
}

type Modules = ReadonlyMap<string, ModuleDefinition>;

/**
 * Leaves those of a host's things that confine can hold as they are: a task of each is checked as a playbook's would
 * be, and planned. What is rejected, refused, or would change the host, is a note with its reason.
 * @param plan plans these tasks on what was observed
 */
export function judge(
  found: Found,
  modules: Modules,
  plan: (tasks: readonly CompiledTask[]) => HostPlan,
): Adopted {
  const notes = [...found.notes];
  let left = found.things;
  for (;;) {
    const tried = left.map((thing, index) => ({ thing, task: taskOf(thing, index, modules) }));
    const tasks = tried.flatMap(({ task }) => ('params' in task ? [task] : []));
    const rejected = rejectedBy(tasks, modules);
    // Nothing of what is rejected is planned: its changes would show in others.
    const sound = tried.every(({ task }) => 'params' in task) && rejected.size === 0;
    const results = sound ? plan(tasks).tasks.map((it) => it.result) : [];
    const against = tried.map(({ thing, task }, i) =>
      'params' in task ? (rejected.get(task.at.file) ?? reasonAgainst(thing, results[i])) : task.invalid,
    );
    const first = against.findIndex((it) => it !== undefined);
    if (first < 0)
      return { things: left, notes, pending: left.flatMap((it, i) => pendingOf(it, results[i])) };
    for (const [i, { at }] of left.entries()) {
      const text = against[i];
      if (text !== undefined && (!sound || i === first)) notes.push({ at, text });
    }
    left = left.filter((_, i) => (sound ? i !== first : against[i] === undefined));
  }
}

/** The tasks of those things that make one. */
export const tasksFor = (things: readonly Thing[], modules: Modules): readonly CompiledTask[] =>
  things.map((it, i) => taskOf(it, i, modules)).flatMap((it) => ('params' in it ? [it] : []));

/** The task that declares a thing, as compile makes it; its place is the thing's on the host. */
function taskOf(thing: Thing, index: number, modules: Modules): CompiledTask | { readonly invalid: string } {
  const { id, name, module, fixed, varies } = thing;
  const parsed = modules.get(module)?.params.safeParse({ ...fixed, [varies.key]: varies.value });
  if (!parsed?.success) {
    const [issue] = parsed?.error.issues ?? [];
    return {
      invalid: `${issue?.path.map(String).join('.') ?? module}: ${issue?.message ?? 'no such module'}`,
    };
  }
  return taskAt(namedSpot(id), { index, name, module, play: '', params: parsed.data });
}

/** Why a playbook with these tasks would be rejected, by the place of a task. */
function rejectedBy(tasks: readonly CompiledTask[], modules: Modules): ReadonlyMap<string, string> {
  const found: Diagnostic[] = [...lintTasks([{ tasks }], modules).errors];
  try {
    rejectConflicts([{ tasks }], modules);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    found.push(...error.diagnostics);
  }
  return new Map(
    found.map(({ at, message, hint }) => [at.file, hint === undefined ? message : `${message}; ${hint}`]),
  );
}

function reasonAgainst(
  { module, varies: { value } }: Thing,
  result: TaskResult | undefined,
): string | undefined {
  switch (result?.is) {
    case 'unknown':
    case 'deferred':
    case 'excluded':
      return result.reason;
    case 'refused':
      return result.hint === undefined ? result.message : `${result.message}; ${result.hint}`;
    case 'changes': {
      const changes = result.changes.filter((it) => !isOnlyLate(it));
      return changes.length === 0
        ? undefined
        : `${module}${typeof value === 'string' ? ` (${value})` : ''} would change the host: ${changes.map(changeText).join(', ')}`;
    }
    case 'in-sync':
    case 'held':
    case undefined:
      return undefined;
  }
}

/** What is declared stands; only what runs was started, or loaded, before. */
const isOnlyLate = (it: Change): boolean =>
  it.change === 'daemon-reload' ||
  it.change === 'restart' ||
  it.change === 'reload' ||
  (it.change === 'profile' && it.from === it.to);

function pendingOf({ at }: Thing, result: TaskResult | undefined): readonly Note[] {
  return result?.is === 'changes' ? [{ at, text: result.changes.map(changeText).join(', ') }] : [];
}

function changeText(it: Change): string {
  switch (it.change) {
    case 'file':
      if (it.after.is === 'absent') return `remove ${it.path}`;
      return `${it.after.value.is === 'link' ? 'link' : 'write'} ${it.path}`;
    case 'package':
      return `install ${it.name}`;
    case 'backlog':
      return `room for ${it.to} audit records`;
    case 'profile':
      return it.from === it.to
        ? `load profile ${it.name} (${it.why})`
        : `load profile ${it.name}: ${it.from} -> ${it.to}`;
    case 'daemon-reload':
    case 'enable':
    case 'disable':
      return `${it.change} ${it.unit}`;
    case 'start':
    case 'stop':
    case 'restart':
    case 'reload':
      return `${it.change} ${it.unit}${it.why.length > 0 ? ` (${it.why.join('; ')})` : ''}`;
  }
}
