import { InputError, type Diagnostic } from '../errors.ts';
import type { Emit } from '../events.ts';
import type { HostTasks, ResolvedVars } from '../playbook/types.ts';
import type { Targets } from '../transport/targets.ts';
import type { ConnectTarget } from '../transport/transport.ts';

/** What is needed of a host to reach it. */
export type Reachable = Pick<HostTasks, 'host' | 'vars' | 'become'>;

/** A host with the way to it. */
export interface Located<T extends Reachable> {
  readonly it: T;
  readonly target: ConnectTarget;
  /** What is odd about the way. */
  readonly warnings: readonly string[];
}

/**
 * Says how to reach every host, before any is touched.
 * @throws {InputError} with every connection variable that can't be used
 */
export async function locate<T extends Reachable>(
  targets: Targets,
  hosts: readonly T[],
): Promise<readonly Located<T>[]> {
  const problems: Diagnostic[] = [];
  const found = await Promise.all(
    hosts.map(async (it): Promise<Located<T> | undefined> => {
      const { host, vars, become } = it;
      const given = connectionVars(vars, problems);
      const folder = vars.get('inventory_dir');
      const resolved = await targets.resolve(host, given, {
        folder: typeof folder === 'string' ? folder : '.',
        play: become === undefined ? {} : { become },
      });
      if (resolved.is === 'target') return { it, target: resolved.target, warnings: resolved.warnings };
      for (const { variable, message, hint } of resolved.problems)
        problems.push({
          at: vars.at(variable) ?? { file: host, line: 1, col: 1 },
          message,
          ...(hint === undefined ? {} : { hint }),
        });
      return undefined;
    }),
  );
  if (problems.length > 0) throw new InputError(problems);
  return found.filter((it) => it !== undefined);
}

/** Tells what is odd about the ways to hosts. */
export function warn(located: readonly Located<Reachable>[], emit: Emit): void {
  for (const { it, warnings } of located)
    for (const message of warnings) emit({ event: 'warning', host: it.host, message });
}

/** The variables that say how to connect; a template in one that can't be filled in is one more problem. */
function connectionVars(vars: ResolvedVars, problems: Diagnostic[]): Readonly<Record<string, unknown>> {
  const names = vars.names().filter((name) => /^(ansible|confine)_/.test(name));
  const given: Record<string, unknown> = {};
  for (const name of names)
    try {
      given[name] = vars.get(name);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      problems.push(...error.diagnostics);
    }
  return given;
}
