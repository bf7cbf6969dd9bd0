import { InputError, type Diagnostic } from '../errors.ts';
import type { Emit } from '../events.ts';
import type { HostTasks, ResolvedVars } from '../playbook/types.ts';
import type { Resolved, Targets } from '../transport/targets.ts';
import type { ConnectTarget } from '../transport/transport.ts';
import { findingAt } from '../yaml/spot.ts';
import { addressVariable, type Outside } from './confirm.ts';

/** What is needed of a host to reach it. */
export type Reachable = Pick<HostTasks, 'host' | 'vars' | 'become' | 'confirm'>;

/** A host with the way to it. */
export interface Located<T extends Reachable> {
  readonly it: T;
  readonly target: ConnectTarget;
  /** Who confirms its transaction from outside, where its plays want that. */
  readonly outside?: Outside | undefined;
  /** What is odd about the way. */
  readonly warnings: readonly string[];
}

/** The way to a host in words. */
export function viaText(target: ConnectTarget): string {
  const sudo = target.become.is === 'sudo' ? `, sudo to ${target.become.user}` : '';
  if (target.via === 'local') return `this machine itself${sudo}`;
  const { user, address, port, jump, client } = target;
  return `${client.by} to ${user}@${address}, port ${port}${jump ? `, through ${jump.address}` : ''}${sudo} (${client.why})`;
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
      const way = await wayTo(targets, it, problems);
      if (way === undefined) return undefined;
      const { target, warnings } = way;
      return { it, target, warnings, outside: await outsideOf(targets, it, target, problems) };
    }),
  );
  // Hosts of a group share its variables, and what is wrong with them.
  const each = new Map(problems.map((it) => [`${it.at.file}:${it.at.line}:${it.at.col} ${it.message}`, it]));
  if (each.size > 0) throw new InputError([...each.values()]);
  return found.filter((it) => it !== undefined);
}

/** The way to one host; what can't be used goes to the problems. */
async function wayTo(
  targets: Targets,
  { host, vars, become }: Reachable,
  problems: Diagnostic[],
): Promise<Extract<Resolved, { readonly is: 'target' }> | undefined> {
  const given = connectionVars(vars, problems);
  const folder = vars.get('inventory_dir');
  const resolved = await targets.resolve(host, given, {
    folder: typeof folder === 'string' ? folder : '.',
    play: become === undefined ? {} : { become },
  });
  if (resolved.is === 'target') return resolved;
  for (const { variable, message, hint } of resolved.problems)
    problems.push({
      at: vars.at(variable) ?? { file: host, line: 1, col: 1 },
      message,
      ...(hint === undefined ? {} : { hint }),
    });
  return undefined;
}

/** Who asks for a host's zones from outside, and where. */
async function outsideOf(
  targets: Targets,
  { host, vars, confirm }: Reachable,
  target: ConnectTarget,
  problems: Diagnostic[],
): Promise<Outside | undefined> {
  if (confirm === undefined) return undefined;
  const { within, from, spot } = confirm;
  const given: unknown = vars.get(addressVariable);
  const address = given ?? (target.via === 'ssh' ? target.address : undefined);
  if (typeof address !== 'string' || !/^[A-Za-z0-9_.:][A-Za-z0-9_.:%-]*$/.test(address)) {
    const finding =
      given === undefined
        ? findingAt(
            spot,
            `${host} is this machine itself, so from here nothing is outside`,
            `let another host ask (from: HOST), and set ${addressVariable} for ${host}`,
          )
        : {
            at: vars.at(addressVariable) ?? spot.at,
            message: `${addressVariable} must be an address or a host name`,
          };
    problems.push(finding);
    return undefined;
  }
  if (from === 'controller') return { within, address, peer: undefined, target };
  const peer = await wayTo(targets, from, problems);
  return peer && { within, address, peer: peer.target, target };
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
