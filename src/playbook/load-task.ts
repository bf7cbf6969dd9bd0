import type { Diagnostic } from '../errors.ts';
import { variablesOf } from '../inventory/variable.ts';
import { diagnose } from '../yaml/diagnose.ts';
import type { SourceFile } from '../yaml/load.ts';
import { findingAt } from '../yaml/spot.ts';
import { didYouMean } from '../yaml/suggest.ts';
import { describe, isMapping } from '../yaml/values.ts';
import { TaskCommon, taskKeys } from './format.ts';
import { habitHint } from './habits.ts';
import type { Condition, LoadedTask } from './loaded.ts';
import { moduleBeside } from '../own-modules/find.ts';
import type { ModuleMap, ModuleSpec } from './spec.ts';

type Path = readonly PropertyKey[];
type Report = (finding: Diagnostic) => void;

/** Reads one task: what belongs to every task, and exactly one module with its parameters. */
export function loadTask(
  doc: SourceFile,
  path: Path,
  given: unknown,
  modules: ModuleMap,
  report: Report,
): LoadedTask | undefined {
  if (!isMapping(given)) {
    report(findingAt(doc.spot(path), `a task must be a mapping, but is ${describe(given)}`));
    return undefined;
  }
  const common = loadCommon(doc, path, given, report);
  const module = findModule(doc, path, Object.keys(given), modules, report);
  if (module === undefined) return undefined;
  const at = [...path, module.name];
  return {
    name: common.name ?? module.name,
    module,
    params: given[module.name],
    at: doc.spot(at, 'key').at,
    spotOf: (inner, which, find) => doc.spot([...at, ...inner], which, find),
    raw: (inner) => doc.raw([...at, ...inner]),
    tags: typeof common.tags === 'string' ? splitTags(common.tags) : (common.tags ?? []).flatMap(splitTags),
    conditions: conditionsOf(doc, [...path, 'when'], common.when),
    become: common.become,
    vars: variablesOf(doc, [...path, 'vars'], common.vars ?? {}, report),
  };
}

function loadCommon(
  doc: SourceFile,
  path: Path,
  given: Readonly<Record<string, unknown>>,
  report: Report,
): TaskCommon {
  const own = Object.fromEntries(Object.entries(given).filter(([key]) => taskKeys.includes(key)));
  const parsed = TaskCommon.safeParse(own);
  if (parsed.success) return parsed.data;
  const findings = diagnose(parsed.error.issues, {
    value: own,
    schema: TaskCommon,
    spot: (inner, which) => doc.spot([...path, ...inner], which),
    raw: (inner) => doc.raw([...path, ...inner]),
  });
  for (const finding of findings) report(finding);
  // Without what is wrong, so that the parameters are checked, too, before everything is rejected.
  const right = Object.entries(own).filter(([key, value]) => TaskCommon.safeParse({ [key]: value }).success);
  return TaskCommon.parse(Object.fromEntries(right));
}

function findModule(
  doc: SourceFile,
  path: Path,
  keys: readonly string[],
  modules: ModuleMap,
  report: Report,
): ModuleSpec | undefined {
  const found = keys.flatMap((key) => modules.get(key) ?? []);
  const unknown = keys.filter((key) => !modules.has(key) && !taskKeys.includes(key));
  for (const key of unknown) {
    const spot = doc.spot([...path, key], 'key');
    const candidates = found.length > 0 ? taskKeys : [...modules.keys(), ...taskKeys];
    const what = found.length > 0 ? 'unknown key' : 'unknown module or key';
    const hint =
      ownHint(doc.file, key) ?? didYouMean(key, candidates) ?? habitHint(key) ?? keysHint(found, modules);
    report(findingAt(spot, `${what} "${key}"`, hint));
  }
  const [first, second] = found;
  if (first === undefined) {
    if (unknown.length === 0)
      report(findingAt(doc.spot(path), 'this task has no module', keysHint([], modules)));
    return undefined;
  }
  if (second === undefined) return first;
  const { line, col } = doc.spot([...path, first.name], 'key').at;
  for (const other of found.slice(1))
    report(
      findingAt(
        doc.spot([...path, other.name], 'key'),
        `this task has two modules: "${first.name}" (${line}:${col}) and "${other.name}"`,
        'write a task for each',
      ),
    );
  return undefined;
}

/** No code is loaded unasked: what a playbook names may have come with it from somewhere else. */
function ownHint(playbook: string, key: string): string | undefined {
  const path = moduleBeside(playbook, key);
  if (path === undefined) return undefined;
  const folder = path.slice(0, path.lastIndexOf('modules/') + 'modules'.length);
  return `${path} is code that would run on this machine: if you trust it, add --module-path ${folder}`;
}

function keysHint(found: readonly ModuleSpec[], modules: ModuleMap): string {
  if (found.length > 0) return `keys of a task: ${taskKeys.join(', ')}, and one module`;
  return `modules: ${[...modules.keys()].toSorted().join(', ')}`;
}

function splitTags(text: string): string[] {
  return text
    .split(',')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
}

function conditionsOf(doc: SourceFile, path: Path, when: TaskCommon['when']): Condition[] {
  if (when === undefined) return [];
  const isList = Array.isArray(when);
  return [when].flat().map((condition, i): Condition => {
    if (typeof condition === 'boolean') return { is: 'fixed', holds: condition, text: String(condition) };
    const at = isList ? [...path, i] : path;
    return { is: 'text', text: condition, spot: (find) => doc.spot(at, 'value', find) };
  });
}
