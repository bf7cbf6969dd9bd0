import { shellSource } from '../observe/observe.ts';
import { formatState, type StateFile } from '../rollout/state.ts';
import { shQuote } from '../quote.ts';

/** What became of a note. `quicker`: somebody else has written the state since it was seen. */
export type Noted =
  | { readonly is: 'noted' }
  | { readonly is: 'quicker' }
  | { readonly is: 'locked'; readonly reason: string }
  | { readonly is: 'failed'; readonly reason: string };

/**
 * The script that writes the state of a rollout under the host's lock, if it still has the generation that was seen.
 * @param seen the generation that was seen; that of the new state is another
 */
export const noteTrip = (file: StateFile, seen: number, who: string): string =>
  [
    ...['observe/lock.observe.sh', 'apply/supervisor.sh', 'apply/asker.sh', 'apply/note.sh'].map(shellSource),
    `note_state ${shQuote(who)} ${seen} ${shQuote(formatState(file))}`,
    '',
  ].join('\n');

/** Reads what the host said. No answer is a failure, never a success. */
export function parseNoted(stdout: string): Noted {
  const [is, reason = ''] = stdout.trimEnd().split('\n').at(-1)?.split('\t') ?? [];
  if (is === 'noted' || is === 'quicker') return { is };
  if (is === 'locked' || is === 'failed') return { is, reason };
  return { is: 'failed', reason: 'the host did not say whether it was written' };
}
