import type { HostOutcome } from '../events.ts';
import { nextStep } from './known.ts';

/** The next step where nobody saw how a transaction ended. */
export const finishesAlone =
  'what has begun there finishes by itself, and the host keeps how it ended: confine status shows it, and so does the next apply';

/** What an apply trip says on stdout: progress as it comes, and the outcome at the end. */
export interface TripReport {
  readonly outcome: HostOutcome;
  readonly id: string;
  /** The transaction's folder on the host; undefined where it did not come to begin. */
  readonly folder: string | undefined;
}

/** Cuts a stream into lines, keeping an unfinished one for the next chunk. */
export function lineReader(onLine: (line: string) => void): (chunk: Buffer) => void {
  let rest = '';
  const decoder = new TextDecoder();
  return (chunk) => {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  };
}

/** Reads the outcome that the supervisor left. No outcome line is unknown, never a success. */
export function parseOutcome(stdout: string): TripReport {
  const fields = new Map<string, string>();
  const log: string[] = [];
  for (const line of stdout.split('\n')) {
    const tab = line.indexOf('\t');
    if (tab < 0) continue;
    const [key, rest] = [line.slice(0, tab), line.slice(tab + 1)];
    if (key === 'log') log.push(rest);
    else if (key !== 'progress') fields.set(key, rest);
  }
  const reason = fields.get('reason') ?? '';
  return {
    id: fields.get('id') ?? '',
    folder: fields.get('folder'),
    outcome: outcomeOf(fields.get('outcome'), reason, log),
  };
}

function outcomeOf(word: string | undefined, reason: string, log: readonly string[]): HostOutcome {
  const hint = nextStep(reason);
  switch (word) {
    case 'committed':
      return { is: 'committed' };
    case 'restored':
      return { is: 'restored' };
    case 'undone':
      return { is: 'undone', reason, log, hint };
    case 'unhealthy':
      return { is: 'unhealthy', reason, log, hint };
    case 'locked':
      return { is: 'locked', reason };
    case 'refused':
      return { is: 'refused', reason, hint };
    case 'failed':
      return { is: 'failed', reason, log, hint };
    default:
      return { is: 'unknown', reason: reason || 'the host gave no outcome', hint: finishesAlone };
  }
}
