import type { Readable } from 'node:stream';

import type { Client } from 'ssh2';

import { algorithmsFor } from './algorithms.ts';
import { attemptsFor, authHandler } from './auth.ts';
import type { AuthProgress } from './auth.ts';
import { broken } from './dial.ts';
import type { Dialled, NotOpened } from './dial.ts';
import { handshakeFailure } from './handshake-errors.ts';
import type { HostKeys } from './host-keys.ts';
import type { Identities } from './identities.ts';
import { createLoss } from './loss.ts';
import type { Loss } from './loss.ts';
import { TransportError } from './transport.ts';
import type { SshTarget } from './transport.ts';

/** Milliseconds between questions to a silent server, and how many of them may go without any byte. */
export interface KeepAlive {
  readonly interval: number;
  readonly count: number;
}

export interface SessionTools {
  readonly hostKeys: HostKeys;
  readonly identities: Identities;
  readonly keepAlive: KeepAlive;
}

/** A logged-in SSH connection of ssh2. */
export interface Session extends Pick<Loss, 'lost' | 'onLost'> {
  readonly client: Client;
  /** Ends it in peace; what still runs on it is lost. Never rejects. */
  readonly close: () => Promise<void>;
}

export type Opened = { readonly is: 'open'; readonly session: Session } | NotOpened;

/** Logs in to the host's SSH server, to which `dialTo` gives the stream. Never rejects. */
export async function openSession(
  target: SshTarget,
  dialTo: () => Promise<Dialled<Readable>>,
  tools: SessionTools,
): Promise<Opened> {
  // The server starts a process for each client that dials: it does so while ssh2 is loaded and keys are read here.
  const dialling = dialTo();
  const { attempts, skipped } = await attemptsFor(target, tools.identities);
  const { NodeSSH } = await import('node-ssh');
  const dialled = await dialling;
  if (dialled.is !== 'stream') return dialled;
  const { stream } = dialled;
  // ssh2 would wait for the end of a stream that has ended before it listened.
  if (stream.destroyed) return broken(target, stream.errored ?? 'closed');
  const progress: AuthProgress = { started: false, tried: [], left: undefined };
  let refused: TransportError | undefined;

  const ssh = new NodeSSH();
  const connecting = ssh.connect({
    username: target.user,
    sock: stream,
    readyTimeout: target.connectTimeout * 1000,
    // ssh2 only asks; whether the server lives is judged below, by any byte that comes.
    keepaliveInterval: tools.keepAlive.interval,
    keepaliveCountMax: Number.MAX_SAFE_INTEGER,
    algorithms: algorithmsFor(tools.hostKeys.types(target)),
    authHandler: authHandler(attempts, progress),
    hostVerifier: (key: Buffer, verify: (ok: boolean) => void) => {
      void tools.hostKeys.check(target, key).then((error) => {
        refused = error;
        verify(error === undefined);
      });
    },
  });
  // node-ssh gives up on the first error, also on one that ssh2 gets over (an agent that can't sign), and
  // leaves the connection without an error listener afterwards, which would end the process: listen here.
  connecting.catch(() => {});
  const client = ssh.connection;
  if (client === null) {
    return connecting.then(
      () => ({ is: 'failed', error: new TransportError(target.host, 'unreachable', 'ssh2 did not start') }),
      (error: unknown) => ({
        is: 'failed',
        error: new TransportError(target.host, 'unreachable', `ssh2 did not start: ${String(error)}`),
      }),
    );
  }
  const ended = await new Promise<Error | 'ready' | 'closed'>((resolve) => {
    client.on('ready', () => {
      dontProveHostKeys(client);
      resolve('ready');
    });
    client.on('close', () => resolve('closed'));
    client.on('error', (error) => {
      if (!survives(error)) resolve(error);
      else skipped.push(error.message);
    });
  });
  if (ended === 'ready') return { is: 'open', session: watch(target, client, stream, tools.keepAlive) };
  client.destroy();
  stream.destroy();
  if (refused !== undefined) return { is: 'failed', error: refused };
  return handshakeFailure(target, ended, progress, skipped);
}

/**
 * Right after the login, sshd lists all its host keys, and ssh2 has each of them proven, unasked: a signature
 * there and a verification here per key, a third of a connection's cost, for an answer that nobody reads. It
 * only asks servers that call themselves OpenSSH.
 */
function dontProveHostKeys(client: Client): void {
  Object.assign(client, { _remoteVer: '' });
}

/** Errors of one way to log in: ssh2 goes on with the next. */
function survives(error: Error & { level?: string }): boolean {
  if (error.level === 'agent') return true;
  return error.level === 'client-authentication' && error.message.startsWith('Error ');
}

function watch(target: SshTarget, client: Client, stream: Readable, keepAlive: KeepAlive): Session {
  const { lost, onLost, lose } = createLoss(target.host);
  let heard = true;
  let silences = 0;
  const timer = setInterval(() => {
    silences = heard ? 0 : silences + 1;
    heard = false;
    if (silences <= keepAlive.count) return;
    const seconds = Math.round((keepAlive.interval * silences) / 1000);
    lose(`the connection is dead: nothing came for ${seconds} s`);
    stream.destroy();
  }, keepAlive.interval);
  onLost(() => clearInterval(timer));
  stream.on('data', () => {
    heard = true;
  });
  client.on('error', (error) => lose(`the connection broke: ${error.message}`));
  client.on('close', () => lose('the host closed the connection'));

  const close = () =>
    new Promise<void>((resolve) => {
      const closed = lost() !== undefined;
      lose('the connection was closed here');
      if (closed) return resolve();
      const giveUp = setTimeout(() => {
        stream.destroy();
        resolve();
      }, 500);
      client.on('close', () => {
        clearTimeout(giveUp);
        resolve();
      });
      client.end();
    });

  return { client, lost, onLost, close };
}
