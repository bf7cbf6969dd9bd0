import { setTimeout as sleep } from 'node:timers/promises';

import type { LimitFunction } from 'p-limit';

import { messageOf } from '../errors.ts';
import { place } from './dial.ts';
import type { NotOpened } from './dial.ts';
import { TransportError } from './transport.ts';
import type { SshTarget } from './transport.ts';

/** How hard a server is pressed. */
export interface Pressure {
  /**
   * Logins at once to one server. sshd starts to drop them at 10 (MaxStartups), and goes on counting one for a
   * while after its client was let in: half of that leaves room.
   */
  readonly logins: number;
  /** Tries for a connection that breaks before authentication, the first one included. */
  readonly tries: number;
  /** Milliseconds before the second try; doubled for each later one, and scattered. */
  readonly backoff: number;
}

export const pressure: Pressure = { logins: 5, tries: 6, backoff: 150 };

export interface EntryTools {
  readonly pressure: Pressure;
  /** Limits logins per server. */
  readonly logins: (server: string) => LimitFunction;
}

/** Logs in, held back with all others to that server, and again where sshd drops it unheard. */
export async function entered<T>(
  target: SshTarget,
  tools: EntryTools,
  logIn: () => Promise<{ readonly is: 'open'; readonly session: T } | NotOpened>,
): Promise<T> {
  const { tries, backoff } = tools.pressure;
  const limit = tools.logins(route(target));
  for (let attempt = 1; ; attempt += 1) {
    const opened = await limit(logIn);
    if (opened.is === 'open') return opened.session;
    if (opened.is === 'failed' || attempt >= tries) throw opened.error;
    await sleep(backoff * 2 ** Math.min(attempt - 1, 4) * (0.5 + Math.random()));
  }
}

/** What failed at a jump host, told under the name of the host behind it. */
export function behindJump(target: SshTarget, jump: SshTarget, error: unknown): TransportError {
  const why = messageOf(error);
  const { failure, hint } =
    error instanceof TransportError
      ? error
      : ({ failure: 'unreachable', hint: 'may the jump host forward? (AllowTcpForwarding)' } as const);
  return new TransportError(target.host, failure, `by the jump host ${place(jump)}: ${why}`, hint);
}

/** One server as seen from here: an address can be another machine behind another jump host. */
export function route(target: SshTarget): string {
  return target.jump === undefined ? place(target) : `${route(target.jump)} ${place(target)}`;
}
