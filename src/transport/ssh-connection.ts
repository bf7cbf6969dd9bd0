import pLimit from 'p-limit';
import type { Client, ClientChannel } from 'ssh2';

import { commandLine } from './command.ts';
import { handled, runTrip } from './run.ts';
import type { TripTools } from './run.ts';
import type { Session } from './session.ts';
import type { Trip } from './trip.ts';
import { TransportError } from './transport.ts';
import type { Connection, SshTarget } from './transport.ts';

/** Trips at once on one connection: sshd refuses the eleventh (MaxSessions), some are set lower. */
const maxTrips = 8;

/** Runs trips over a session. */
export function connectionOver(target: SshTarget, session: Session, tools: TripTools): Connection {
  const limit = pLimit(maxTrips);
  /** Channels that are open or being opened. */
  let channels = 0;
  const waiting: (() => void)[] = [];
  const release = () => {
    channels -= 1;
    for (const wake of waiting.splice(0)) wake();
  };

  const openChannel = async (trip: Trip): Promise<ClientChannel | undefined> => {
    for (;;) {
      channels += 1;
      try {
        return await exec(session.client, commandLine(trip.words));
      } catch (error) {
        release();
        if (session.lost() !== undefined) return undefined;
        if (!isFull(error) || channels === 0) {
          trip.fail(refusal(target, error));
          return undefined;
        }
        // The server takes fewer than we thought: one less from now on, and again when one of them ends.
        limit.concurrency = Math.max(1, limit.concurrency - 1);
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
    }
  };

  const start = async (trip: Trip): Promise<void> => {
    const channel = await openChannel(trip);
    if (channel === undefined) return;
    // The server counts a channel until it is closed, which is later than the end of a trip that failed.
    const closed = new Promise<void>((resolve) => {
      channel.on('close', resolve);
      session.onLost(() => resolve());
    });
    carry(channel, trip);
    await closed;
    release();
  };

  return {
    host: target.host,
    run(script, options = {}) {
      let off: (() => void) | undefined;
      const result = runTrip(target, target.user, script, options, tools, (trip) => {
        off = session.onLost(trip.fail);
        void limit(() => start(trip));
      });
      return handled(result.finally(() => off?.()));
    },
    close: session.close,
  };
}

function exec(client: Client, line: string): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    // Throws when the connection is gone, which rejects this promise too.
    client.exec(line, (error, channel) => (error ? reject(error) : resolve(channel)));
  });
}

function carry(channel: ClientChannel, trip: Trip): void {
  channel.on('error', () => {});
  channel.stderr.on('error', () => {});
  channel.on('data', trip.stdout);
  channel.stderr.on('data', trip.stderr);
  channel.on('exit', (code: number | null, signal?: string) => {
    trip.exited(code === null ? { is: 'killed', signal: signal ?? 'SIGKILL' } : { is: 'exited', code });
  });
  channel.on('close', trip.closed);
  trip.begin({
    write: (text) => void channel.write(text),
    end: (text) => void channel.end(text),
    stop: () => channel.close(),
  });
}

function isFull(error: unknown): boolean {
  return error instanceof Error && error.message.includes('Channel open failure');
}

function refusal(target: SshTarget, error: unknown): TransportError {
  const why = error instanceof Error ? error.message : String(error);
  return new TransportError(
    target.host,
    'no-shell',
    `the server does not let ${target.user} run commands: ${why}`,
    'look at ForceCommand, MaxSessions and the shell of the user on the host',
  );
}
