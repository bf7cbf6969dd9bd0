import type { Readable } from 'node:stream';

import { dial, place } from './dial.ts';
import type { Dialled } from './dial.ts';
import { behindJump, entered } from './entry.ts';
import type { EntryTools } from './entry.ts';
import { connectOpenSsh } from './openssh.ts';
import type { OpenSshTools } from './openssh.ts';
import type { TripTools } from './run.ts';
import { openSession } from './session.ts';
import type { Opened, Session, SessionTools } from './session.ts';
import { connectionOver } from './ssh-connection.ts';
import { ssh2Line } from './ssh2-line.ts';
import { TransportError } from './transport.ts';
import type { Connection, SshTarget } from './transport.ts';

export interface Ssh2Tools extends SessionTools, TripTools, EntryTools {
  /** The connection to a jump host, shared by all hosts behind it. */
  readonly jump: (target: SshTarget) => Promise<Session>;
}

/** Opens a connection over SSH, by the client that was chosen; rejects with TransportError only. */
export async function connectSsh(
  target: SshTarget,
  ssh2: Ssh2Tools,
  openSsh: OpenSshTools,
): Promise<Connection> {
  const { client } = target;
  if (client.by === 'openssh') return connectOpenSsh(target, client.why, openSsh);
  try {
    return connectionOver(target, ssh2Line(target, await enterBySsh2(target, ssh2)), ssh2);
  } catch (error) {
    const other =
      client.or === 'openssh' && error instanceof TransportError && error.failure === 'no-algorithm';
    if (!other) throw error;
    return connectOpenSsh(target, error.message, openSsh);
  }
}

/** Logs in by ssh2, directly or by the jump hosts; rejects with TransportError only. */
export function enterBySsh2(target: SshTarget, tools: Ssh2Tools): Promise<Session> {
  return entered(target, tools, () => logIn(target, tools));
}

async function logIn(target: SshTarget, tools: Ssh2Tools): Promise<Opened> {
  const { jump } = target;
  return openSession(target, () => (jump === undefined ? dial(target) : hop(target, jump, tools)), tools);
}

/**
 * A stream to the host by its jump host; what fails there is told under this host's name. One that was shared may go
 * just then, and is connected anew.
 */
async function hop(target: SshTarget, jump: SshTarget, tools: Ssh2Tools): Promise<Dialled<Readable>> {
  let through: Session | undefined;
  try {
    through = await tools.jump(jump);
    return { is: 'stream', stream: await forward(through, target) };
  } catch (error) {
    return {
      is: through?.lost() === undefined ? 'failed' : 'broken-early',
      error: behindJump(target, jump, error),
    };
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
