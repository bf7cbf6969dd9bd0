import { awaitTrip } from '../apply/session.ts';
import type { HostOutcome } from '../events.ts';
import type { Connection } from '../transport/transport.ts';
import type { Fleet } from './run.ts';
import { interrupted } from './failure.ts';

/** The step of a host that waits for another run: nothing of ours is under way there. */
export const waiting = 'waiting';

/** Seconds of a trip that waits; in between an interrupt is heard. */
const oneTrip = 5;

/**
 * Attempts something on a host, and again when another run no longer holds it, for as long as `--lock-wait` says.
 * Who holds it is told meanwhile.
 * @param attempt is told whether it comes behind another run, so that what was seen before is of no worth
 */
export async function patiently(
  fleet: Fleet,
  connection: Connection,
  host: string,
  attempt: (again: boolean) => Promise<HostOutcome>,
): Promise<HostOutcome> {
  const until = performance.now() + fleet.lockWait * 1000;
  const secondsLeft = () => Math.ceil((until - performance.now()) / 1000);
  let outcome = await attempt(false);
  let told = '';
  while (outcome.is === 'locked' && secondsLeft() > 0) {
    if (outcome.reason !== told)
      fleet.emit({ event: 'host-progress', host, step: waiting, detail: outcome.reason });
    told = outcome.reason;
    const { stdout } = await connection.run(awaitTrip(Math.min(oneTrip, secondsLeft())));
    if (fleet.stop.aborted) return interrupted;
    const holder = stdout.toString('utf8').trim();
    outcome = holder === '' ? await attempt(true) : { is: 'locked', reason: holder };
  }
  return outcome;
}
