import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

import type { LimitFunction } from 'p-limit';

import { dial, place } from './dial.ts';
import type { Dialled } from './dial.ts';
import { openSession } from './session.ts';
import type { Opened, Session, SessionTools } from './session.ts';
import type { TripTools } from './run.ts';
import { connectionOver } from './ssh-connection.ts';
import { TransportError } from './transport.ts';
import type { Connection, SshTarget } from './transport.ts';

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

export interface SshTools extends SessionTools, TripTools {
  readonly pressure: Pressure;
  /** Limits logins per server. */
  readonly logins: (server: string) => LimitFunction;
  /** The connection to a jump host, shared by all hosts behind it. */
  readonly jump: (target: SshTarget) => Promise<Session>;
}

/** Opens a connection over SSH; rejects with TransportError only. */
export async function connectSsh(target: SshTarget, tools: SshTools): Promise<Connection> {
  const session = await openSshSession(target, tools);
  return connectionOver(target, session, tools);
}

/** Logs in, directly or by the jump hosts; rejects with TransportError only. */
export async function openSshSession(target: SshTarget, tools: SshTools): Promise<Session> {
  const { tries, backoff } = tools.pressure;
  const limit = tools.logins(route(target));
  for (let attempt = 1; ; attempt += 1) {
    const opened = await limit(() => logIn(target, tools));
    if (opened.is === 'open') return opened.session;
    if (opened.is === 'failed' || attempt >= tries) throw opened.error;
    await sleep(backoff * 2 ** Math.min(attempt - 1, 4) * (0.5 + Math.random()));
  }
}

function logIn(target: SshTarget, tools: SshTools): Promise<Opened> {
  const { jump } = target;
  return openSession(target, () => (jump === undefined ? dial(target) : hop(target, jump, tools)), tools);
}

/** A stream to the host by its jump host; what fails there is told under this host's name. */
async function hop(target: SshTarget, jump: SshTarget, tools: SshTools): Promise<Dialled<Readable>> {
  try {
    return { is: 'stream', stream: await forward(await tools.jump(jump), target) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const { failure, hint } =
      error instanceof TransportError
        ? error
        : ({ failure: 'unreachable', hint: 'may the jump host forward? (AllowTcpForwarding)' } as const);
    const message = `by the jump host ${place(jump)}: ${why}`;
    return { is: 'failed', error: new TransportError(target.host, failure, message, hint) };
  }
}

function forward(session: Session, target: SshTarget): Promise<Readable> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      clearTimeout(timer);
      off();
      act();
    };
    const late = new TransportError(
      target.host,
      'timeout',
      `no answer from ${place(target)} within ${target.connectTimeout} s`,
      'is the host up, and reachable from the jump host?',
    );
    const timer = setTimeout(() => settle(() => reject(late)), target.connectTimeout * 1000);
    const off = session.onLost((error) => settle(() => reject(error)));
    // Throws when the jump host is gone, which rejects this promise too.
    session.client.forwardOut('127.0.0.1', 0, target.address, target.port, (error, channel) => {
      if (error) return settle(() => reject(error));
      channel.on('error', () => {});
      return settle(() => resolve(channel));
    });
  });
}

/** One server as seen from here: an address can be another machine behind another jump host. */
export function route(target: SshTarget): string {
  return target.jump === undefined ? place(target) : `${route(target.jump)} ${place(target)}`;
}
