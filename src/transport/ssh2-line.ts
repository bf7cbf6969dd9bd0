import type { ClientChannel } from 'ssh2';

import { messageOf } from '../errors.ts';
import { commandLine } from './command.ts';
import type { Session } from './session.ts';
import { refusal } from './ssh-connection.ts';
import type { Line } from './ssh-connection.ts';
import type { Trip } from './trip.ts';
import type { SshTarget } from './transport.ts';

/** Carries trips on the channels of a session of ssh2. */
export function ssh2Line(target: SshTarget, session: Session): Line {
  return {
    lost: session.lost,
    onLost: session.onLost,
    close: session.close,
    async carry(trip) {
      try {
        await carried(session, trip);
      } catch (error) {
        if (session.lost() !== undefined) return { is: 'closed' };
        const why = messageOf(error);
        if (why.includes('Channel open failure')) return { is: 'full', why };
        trip.fail(refusal(target, why));
      }
      return { is: 'closed' };
    },
  };
}

/**
 * Carries a trip until its channel is closed, which is later than the end of a trip that failed: the server counts it until
 * then. Rejects where no channel was opened.
 */
function carried(session: Session, trip: Trip): Promise<void> {
  return new Promise((resolve, reject) => {
    // Throws when the connection is gone, which rejects this promise too.
    session.client.exec(commandLine(trip.words), (error, channel) => {
      if (error) return reject(error);
      channel.on('close', resolve);
      session.onLost(() => resolve());
      // At once: a command that is over already has its status behind this in the same packet, and nobody keeps that.
      carry(channel, trip);
    });
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
