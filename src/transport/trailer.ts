import { constants } from 'node:os';

import { shQuote } from '../quote.ts';
import type { RunStatus } from './transport.ts';

/**
 * ssh(1) exits with 255 for a command that did, for one that was killed and for a connection that broke. So the
 * host itself says how the command ended, in a line behind all that it wrote to stderr.
 * @param mark what nothing else on the host can write
 * @returns a line for a login shell, csh included
 */
export function withTrailer(words: readonly string[], mark: string): string {
  return `exec sh -c ${shQuote(`"$@"; echo ${mark} $? >&2`)} sh ${words.map(shQuote).join(' ')}`;
}

/** Parts the trailer from a stream. */
export interface Trailer {
  readonly add: (chunk: Buffer) => void;
  /** Gives what was held back, since no more will come. */
  readonly flush: () => void;
  readonly found: () => boolean;
}

export function createTrailer(
  mark: string,
  pass: (chunk: Buffer) => void,
  ended: (status: RunStatus) => void,
): Trailer {
  const start = Buffer.from(`${mark} `);
  let held = Buffer.alloc(0);
  let found = false;
  const give = (chunk: Buffer) => {
    if (chunk.length > 0) pass(chunk);
  };
  return {
    add(chunk) {
      if (found) return give(chunk);
      const all = Buffer.concat([held, chunk]);
      const at = all.indexOf(start);
      const from = at === -1 ? all.length - beginning(all, start) : at;
      give(all.subarray(0, from));
      held = all.subarray(from);
      const end = held.indexOf('\n');
      if (at === -1 || end === -1) return undefined;
      found = true;
      ended(statusOf(Number(held.toString('latin1', start.length, end))));
      return give(held.subarray(end + 1));
    },
    flush() {
      if (!found) give(held);
    },
    found: () => found,
  };
}

/** How many bytes at the end could be the beginning of the text. */
function beginning(bytes: Buffer, text: Buffer): number {
  for (let length = Math.min(bytes.length, text.length - 1); length > 0; length -= 1)
    if (bytes.subarray(-length).equals(text.subarray(0, length))) return length;
  return 0;
}

/** A shell gives 128 and the number for a signal; nothing tells it from a command that exits so by itself. */
function statusOf(code: number): RunStatus {
  const signal = Object.entries(constants.signals).find(([, number]) => number === code - 128);
  return signal === undefined ? { is: 'exited', code } : { is: 'killed', signal: signal[0] };
}
