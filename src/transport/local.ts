import { userInfo } from 'node:os';

import { shQuote } from './quote.ts';
import { handled, runTrip } from './run.ts';
import type { TripTools } from './run.ts';
import type { Trip } from './trip.ts';
import { TransportError } from './transport.ts';
import type { Connection, LocalTarget } from './transport.ts';

/** The machine that confine runs on, by the same trips as over SSH; rejects with TransportError only. */
export async function connectLocal(target: LocalTarget, tools: TripTools): Promise<Connection> {
  const { $ } = await import('zx/core');
  const user = userInfo().username;
  const running = new Set<Trip>();
  let closed = false;

  const start = (trip: Trip) => {
    const process_ = $({
      shell: '/bin/sh',
      prefix: '',
      postfix: '',
      quote: shQuote,
      quiet: true,
      nothrow: true,
      // A process group of its own, so that its children can be ended with it.
      detached: true,
    })`exec ${[...trip.words]}`;
    const { child } = process_;
    if (child?.pid === undefined || child.stdin === null || child.stdout === null || child.stderr === null) {
      trip.fail(new TransportError(target.host, 'no-shell', 'no process could be started on this machine'));
      return;
    }
    const { pid, stdin, stdout, stderr } = child;
    stdin.on('error', () => {});
    stdout.on('data', trip.stdout);
    stderr.on('data', trip.stderr);
    child.on('exit', (code, signal) => {
      trip.exited(code === null ? { is: 'killed', signal: signal ?? 'SIGKILL' } : { is: 'exited', code });
    });
    child.on('close', trip.closed);
    trip.begin({
      write: (text) => void stdin.write(text),
      end: (text) => void stdin.end(text),
      stop() {
        stdin.destroy();
        stdout.destroy();
        stderr.destroy();
        endGroup(pid);
      },
    });
  };

  return {
    host: target.host,
    run(script, options = {}) {
      let ended: (() => void) | undefined;
      const result = closed
        ? Promise.reject(closedHere(target))
        : runTrip(target, user, script, options, tools, (trip) => {
            running.add(trip);
            ended = () => void running.delete(trip);
            start(trip);
          });
      return handled(result.finally(() => ended?.()));
    },
    async close() {
      closed = true;
      for (const trip of running) trip.fail(closedHere(target));
    },
  };
}

function closedHere(target: LocalTarget): TransportError {
  return new TransportError(target.host, 'lost', 'the connection was closed here');
}

/** What sudo started as another user is not ours to end: it ends by its closed pipes, or by its timeout. */
function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended meanwhile.
  }
}
