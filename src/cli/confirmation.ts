import { counted } from '../counted.ts';
import { UsageError } from '../errors.ts';
import type { Reachable } from '../fleet/targets.ts';
import type { CommonOptions } from './options.ts';
import type { Session } from './session.ts';

/** What a prompt needs. */
export type Asking = Pick<Session<Reachable>, 'interrupts' | 'settle'>;

/**
 * How a command asks before it changes hosts: not at all with --yes.
 * @param first the command to look with where nobody can be asked
 * @param approved the changes were looked at already, so without a terminal there is nothing to ask
 * @throws {UsageError} where there is no terminal
 */
export function confirmation(
  options: CommonOptions,
  first: 'plan' | 'status',
  approved = false,
): (question: string, session: Asking) => Promise<boolean> {
  if (options.yes || (approved && !process.stdin.isTTY)) return async () => true;
  if (!process.stdin.isTTY)
    throw new UsageError('there is no terminal to confirm on', `look at confine ${first}, then add --yes`);
  return async (question, { interrupts, settle }) => {
    settle();
    return (await import('./ask.ts')).confirm(question, interrupts);
  };
}

/** The hosts of a question, by name or by number. */
export const named = (hosts: readonly { readonly host: string }[]): string =>
  hosts.length === 1 ? `${hosts[0]?.host}` : counted(hosts.length, 'host');
