import pLimit from 'p-limit';

import type { Loss } from './loss.ts';
import { handled, runTrip } from './run.ts';
import type { TripTools } from './run.ts';
import type { Trip } from './trip.ts';
import { TransportError } from './transport.ts';
import type { Connection, SshTarget } from './transport.ts';

/** Trips at once on one connection: sshd refuses the eleventh (MaxSessions), some are set lower. */
const maxTrips = 8;

/** How a channel came to its end. */
export type Carried =
  | { readonly is: 'closed' }
  /** The server opened none: it has as many as it takes, or takes none at all, for which there is the reason. */
  | { readonly is: 'full'; readonly why: string };

/** A logged-in connection, whoever speaks SSH on it. */
export interface Line extends Pick<Loss, 'lost' | 'onLost'> {
  /** Carries a trip on a channel of its own, until the server has closed that. Never rejects. */
  readonly carry: (trip: Trip) => Promise<Carried>;
  /** Ends it in peace; what still runs on it is lost. Never rejects. */
  readonly close: () => Promise<void>;
}

/** Runs trips over a line. */
export function connectionOver(target: SshTarget, line: Line, tools: TripTools): Connection {
  const limit = pLimit(maxTrips);
  /** Channels that are open or being opened. */
  let channels = 0;
  const waiting: (() => void)[] = [];
  /** A channel has ended since the last refusal: sshd frees its session a turn later, and may have refused before. */
  let freed = false;

  const start = async (trip: Trip): Promise<void> => {
    for (;;) {
      channels += 1;
      const carried = await line.carry(trip);
      channels -= 1;
      for (const wake of waiting.splice(0)) wake();
      if (carried.is === 'closed') freed = true;
      if (carried.is === 'closed' || line.lost() !== undefined) return;
      if (channels === 0) {
        if (!freed) return trip.fail(refusal(target, carried.why));
        freed = false;
        continue;
      }
      // The server takes fewer than we thought: one less from now on, and again when one of them ends.
      limit.concurrency = Math.max(1, limit.concurrency - 1);
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  };

  return {
    host: target.host,
    run(script, options = {}) {
      let off: (() => void) | undefined;
      const result = runTrip(target, target.user, script, options, tools, (trip) => {
        off = line.onLost(trip.fail);
        void limit(() => start(trip));
      });
      return handled(result.finally(() => off?.()));
    },
    close: line.close,
  };
}

/** The error of a server that opens no channel. */
export function refusal(target: SshTarget, why: string): TransportError {
  return new TransportError(
    target.host,
    'no-shell',
    `the server does not let ${target.user} run commands: ${why}`,
    'look at ForceCommand, MaxSessions and the shell of the user on the host',
  );
}
