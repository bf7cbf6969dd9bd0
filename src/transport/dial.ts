import { connect } from 'node:net';
import type { Socket } from 'node:net';

import { TransportError } from './transport.ts';
import type { SshTarget } from './transport.ts';

/** A stream to a host's SSH server, or why there is none. A reset is worth another try: sshd does so under load. */
export type Dialled<T> = { readonly is: 'stream'; readonly stream: T } | NotOpened;
export interface NotOpened {
  readonly is: 'broken-early' | 'failed';
  readonly error: TransportError;
}

/** A TCP connection to the host, without Nagle's delay, which costs ssh2 a fifth of a second each. Never rejects. */
export function dial(target: SshTarget): Promise<Dialled<Socket>> {
  const { address, port, connectTimeout } = target;
  return new Promise((resolve) => {
    const socket = joinWrites(connect({ host: address, port, noDelay: true }));
    const timer = setTimeout(() => {
      socket.destroy();
      const error = new TransportError(
        target.host,
        'timeout',
        `no answer from ${place(target)} within ${connectTimeout} s`,
        'is the host up, and does a firewall let SSH through? (ansible_host, ansible_port)',
      );
      resolve({ is: 'failed', error });
    }, connectTimeout * 1000);
    socket.once('connect', () => {
      clearTimeout(timer);
      resolve({ is: 'stream', stream: socket });
    });
    const failed = (error: Error) => {
      clearTimeout(timer);
      resolve(codeOf(error) === 'ECONNRESET' ? broken(target, error) : unreachable(target, error));
    };
    socket.on('error', failed);
  });
}

/**
 * Sends what is written in one turn of the event loop together. ssh2 writes each packet in three parts, and
 * without Nagle's delay each of them is a segment that wakes sshd.
 */
function joinWrites(socket: Socket): Socket {
  const write = socket.write.bind(socket);
  const joined = (...args: Parameters<typeof write>) => {
    if (socket.writableCorked === 0) {
      socket.cork();
      process.nextTick(() => socket.uncork());
    }
    return write(...args);
  };
  return Object.assign(socket, { write: joined });
}

export function place(target: SshTarget): string {
  const address = target.address.includes(':') ? `[${target.address}]` : target.address;
  return `${address}:${target.port}`;
}

/** Why a TCP connection failed, in words. */
export function unreachable(target: SshTarget, error: Error): NotOpened {
  const code = codeOf(error);
  const failure = code === 'ETIMEDOUT' ? 'timeout' : 'unreachable';
  const [message, hint] = reason(target, code, error);
  return { is: 'failed', error: new TransportError(target.host, failure, message, hint) };
}

function reason(target: SshTarget, code: string | undefined, error: Error): readonly [string, string] {
  const at = place(target);
  const noRoute = [
    `there is no route to ${at}`,
    'is the VPN up, and the address right? (ansible_host)',
  ] as const;
  const reasons: Readonly<Record<string, readonly [string, string]>> = {
    ECONNREFUSED: [`${at} refused the connection`, 'is sshd running there, and on that port? (ansible_port)'],
    ENOTFOUND: [
      `the name ${target.address} does not resolve`,
      'set ansible_host to its address, or repair DNS',
    ],
    EAI_AGAIN: [
      `the name ${target.address} could not be looked up`,
      'no name server answered; is DNS up here?',
    ],
    ETIMEDOUT: [`no answer from ${at}`, 'is the host up, and does a firewall let SSH through?'],
    EHOSTUNREACH: noRoute,
    ENETUNREACH: noRoute,
  };
  const other = [
    `${at} cannot be reached: ${error.message || code}`,
    'look at the address and port (ansible_host, ansible_port)',
  ] as const;
  return reasons[code ?? ''] ?? other;
}

/** A connection that ended before the login began. */
export function broken(target: SshTarget, ended: Error | 'closed'): NotOpened {
  const said = ended === 'closed' ? 'it closed the connection' : (codeOf(ended) ?? ended.message);
  const error = new TransportError(
    target.host,
    'unreachable',
    `${place(target)} broke the connection before the login (${said})`,
    'is it an SSH server, and not over its MaxStartups or PerSourcePenalties?',
  );
  return { is: 'broken-early', error };
}

/** The code of a system error; of several addresses, the last one tried. */
function codeOf(error: unknown): string | undefined {
  if (error instanceof AggregateError) return codeOf(error.errors.at(-1));
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
