import pLimit from 'p-limit';
import type { LimitFunction } from 'p-limit';

import { messageOf } from '../errors.ts';
import { createBecomeGate } from './gate.ts';
import { pressure } from './entry.ts';
import type { Pressure } from './entry.ts';
import { createHostKeys } from './host-keys.ts';
import { createIdentities } from './identities.ts';
import { createFolder } from './openssh-folder.ts';
import { enterByOpenSsh } from './openssh.ts';
import type { OpenSshTools } from './openssh.ts';
import { processStarter } from './process.ts';
import type { KeepAlive } from './session.ts';
import { createShared } from './shared.ts';
import { connectSsh, enterBySsh2 } from './ssh.ts';
import type { Ssh2Tools } from './ssh.ts';
import { TransportError } from './transport.ts';
import type { Connect, Connection, ConnectTarget } from './transport.ts';
import { tripLimits } from './trip.ts';
import type { TripLimits } from './trip.ts';

/** What tests set otherwise; the command leaves all of it alone. */
export interface TransportOptions {
  readonly keepAlive?: KeepAlive;
  readonly limits?: Partial<TripLimits>;
  readonly pressure?: Partial<Pressure>;
}

/**
 * All connections of one run, and what they share: key files and known_hosts read once, jump hosts connected
 * once, and a sudo password that is tried on one host first.
 */
export interface Transport {
  /** Opens a connection; rejects with TransportError only. */
  readonly connect: Connect;
  /** Closes every connection that is still open, jump hosts last. Never rejects. */
  dispose(): Promise<void>;
}

export function createTransport(options: TransportOptions = {}): Transport {
  const connections = new Set<Connection>();
  const logins = new Map<string, LimitFunction>();
  let disposed = false;
  const pressed = { ...pressure, ...options.pressure };

  const shared = {
    hostKeys: createHostKeys(),
    gate: createBecomeGate(),
    keepAlive: options.keepAlive ?? { interval: 10_000, count: 3 },
    limits: { ...tripLimits, ...options.limits },
    pressure: pressed,
    logins(server: string) {
      const limit = logins.get(server) ?? pLimit(pressed.logins);
      logins.set(server, limit);
      return limit;
    },
  };
  const sessions = createShared((target) => enterBySsh2(target, ssh2));
  const ssh2: Ssh2Tools = { ...shared, identities: createIdentities(), jump: sessions.get };

  let place: ReturnType<OpenSshTools['place']> | undefined;
  const makePlace = async () => {
    const start = await processStarter();
    return { start, folder: await createFolder(start) };
  };
  const masters = createShared((target) => enterByOpenSsh(target, openSsh));
  const openSsh: OpenSshTools = { ...shared, place: () => (place ??= makePlace()), jump: masters.get };

  const open = async (target: ConnectTarget): Promise<Connection> => {
    if (target.via === 'ssh') return connectSsh(target, ssh2, openSsh);
    const { connectLocal } = await import('./local.ts');
    return connectLocal(target, shared);
  };

  return {
    async connect(target) {
      const connection = await open(target).catch((error: unknown) => {
        throw error instanceof TransportError ? error : unexpected(target, error);
      });
      if (disposed) {
        await connection.close();
        throw new TransportError(target.host, 'lost', 'the run ended while the connection was opened');
      }
      const tracked: Connection = {
        ...connection,
        async close() {
          connections.delete(tracked);
          await connection.close();
        },
      };
      connections.add(tracked);
      return tracked;
    },
    async dispose() {
      disposed = true;
      await Promise.all([...connections].map((connection) => connection.close()));
      await Promise.all([sessions.close(), masters.close()]);
      await place?.then(
        ({ folder }) => folder.close(),
        () => {},
      );
    },
  };
}

/** Callers are promised TransportError only: even a bug here must not end the other hosts' run. */
function unexpected(target: ConnectTarget, error: unknown): TransportError {
  const why = messageOf(error);
  return new TransportError(target.host, 'unreachable', `the connection failed in an unexpected way: ${why}`);
}

export { createTargets } from './targets.ts';
export type { Resolved, Targets, TargetsOptions } from './targets.ts';
export type { PlayBecome, TargetOverrides } from './target.ts';
export type { Problem } from './variables.ts';
