import { randomBytes } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';

import type { OpenSshFolder } from './openssh-folder.ts';
import { clientWords } from './openssh-words.ts';
import { stopProcess } from './process.ts';
import type { StartProcess } from './process.ts';
import type { Line } from './ssh-connection.ts';
import { createTrailer, withTrailer } from './trailer.ts';
import { TransportError } from './transport.ts';
import type { SshTarget } from './transport.ts';

/** The ssh that holds the connection. */
interface Holder extends Pick<Line, 'lost' | 'onLost' | 'close'> {
  readonly control: string;
  /** Ends it where it does not by itself, and has it lost for the reason that it gave. */
  readonly end: () => Promise<void>;
}

/** Carries trips, each by an ssh of its own that uses the held connection. */
export function openSshLine(
  target: SshTarget,
  holder: Holder,
  start: StartProcess,
  folder: OpenSshFolder,
): Line {
  const { control, lost, onLost, close } = holder;
  const client = clientWords(control);
  return {
    lost,
    onLost,
    close,
    async carry(trip) {
      const mark = `confine-exit-${randomBytes(12).toString('hex')}`;
      // What ssh itself says goes to a file: on stderr it would be mixed with the host's words.
      const log = folder.path('l');
      const child = start([...client, '-T', '-E', log, '--', 'confine', withTrailer(trip.words, mark)]);
      if (child === undefined) {
        trip.fail(new TransportError(target.host, 'lost', 'no process could be started on this machine'));
        return { is: 'closed' };
      }
      const trailer = createTrailer(mark, trip.stderr, trip.exited);
      child.stdout.on('data', trip.stdout);
      child.stderr.on('data', trailer.add);
      trip.begin({
        write: (text) => void child.stdin.write(text),
        end: (text) => void child.stdin.end(text),
        stop: () => stopProcess(child),
      });
      const code = await child.closed;
      trailer.flush();
      const said = await readFile(log, 'utf8').catch(() => '');
      void rm(log, { force: true });
      if (!trailer.found()) {
        if (/session request failed|Master refused/.test(said))
          return { is: 'full', why: said.split('\n', 1)[0] ?? '' };
        // 255 is ssh's own for a connection that broke, too: the one who holds it knows.
        if (code === 255 && !(await isHeld())) await holder.end();
        else if (code !== null && !trip.ready()) trip.exited({ is: 'exited', code });
      }
      trip.closed();
      return { is: 'closed' };
    },
  };

  async function isHeld(): Promise<boolean> {
    const asked = lost() === undefined ? start([...client, '-O', 'check', '--', 'confine']) : undefined;
    return (await asked?.closed) === 0;
  }
}
