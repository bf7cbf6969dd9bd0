import type { Diagnostic } from '../errors.ts';
import { diagnose } from '../yaml/diagnose.ts';
import { valueAt } from '../yaml/values.ts';
import type { LoadedTask } from './loaded.ts';
import type { Scope } from './scope.ts';
import { hasTemplate, holdsTemplate } from './template.ts';

export type Validated =
  | { readonly is: 'valid'; readonly params: unknown }
  | { readonly is: 'invalid'; readonly findings: readonly Diagnostic[] };

/** Checks parameters by the module's schema. What still holds a template is taken to be right. */
export function validateParams(task: LoadedTask, filled: unknown, scope: Scope | undefined): Validated {
  const { params: schema } = task.module;
  const parsed = schema.safeParse(filled);
  if (parsed.success) return { is: 'valid', params: parsed.data };
  const findings = diagnose(
    parsed.error.issues,
    {
      name: task.module.name,
      value: filled,
      schema,
      spot: (path, which) => task.spotOf(path, which),
      raw: (path) => {
        const raw = task.raw(path);
        return raw === undefined || hasTemplate(raw) ? undefined : raw;
      },
      note: (path) => originNote(task, path, scope),
    },
    (path) => holdsTemplate(valueAt(filled, path)),
  );
  return { is: 'invalid', findings };
}

/** Names the variable's place where a wrong value came out of exactly one variable. */
function originNote(
  task: LoadedTask,
  path: readonly PropertyKey[],
  scope: Scope | undefined,
): string | undefined {
  const written = valueAt(task.params, path);
  const name = typeof written === 'string' ? /^\{\{-?\s*(\w+)/.exec(written)?.[1] : undefined;
  const at = name === undefined ? undefined : scope?.at(name);
  return at === undefined ? undefined : `"${name}" is set at ${at.file}:${at.line}:${at.col}`;
}

/** Checks once for all hosts whose filled-in parameters are equal. */
export function validateOnce(): typeof validateParams {
  const known = new Map<LoadedTask, Map<string, Validated>>();
  return (task, filled, scope) => {
    let results = known.get(task);
    if (results === undefined) known.set(task, (results = new Map()));
    const key = filled === task.params ? '' : JSON.stringify(filled);
    let result = results.get(key);
    if (result === undefined) results.set(key, (result = validateParams(task, filled, scope)));
    return result;
  };
}
