import { userInfo } from 'node:os';

import { processStarter, stopProcess } from './process.ts';
import { handled, runTrip } from './run.ts';
import type { TripTools } from './run.ts';
import type { Trip } from './trip.ts';
import { TransportError } from './transport.ts';
import type { Connection, LocalTarget } from './transport.ts';

/** The machine that confine runs on, by the same trips as over SSH; rejects with TransportError only. */
export async function connectLocal(target: LocalTarget, tools: TripTools): Promise<Connection> {
  const startProcess = await processStarter();
  const user = userInfo().username;
  const running = new Set<Trip>();
  let closed = false;

  const start = (trip: Trip) => {
    const started = startProcess(trip.words);
    if (started === undefined) {
      trip.fail(new TransportError(target.host, 'no-shell', 'no process could be started on this machine'));
      return;
    }
    const { stdin, stdout, stderr } = started;
    stdout.on('data', trip.stdout);
    stderr.on('data', trip.stderr);
    started.onExit((code, signal) => {
      trip.exited(code === null ? { is: 'killed', signal: signal ?? 'SIGKILL' } : { is: 'exited', code });
    });
    void started.closed.then(trip.closed);
    trip.begin({
      write: (text) => void stdin.write(text),
      end: (text) => void stdin.end(text),
      stop: () => stopProcess(started),
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
