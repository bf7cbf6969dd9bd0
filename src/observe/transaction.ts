/** How a transaction ended, as the host keeps it. */
export interface Transaction {
  readonly id: string;
  readonly outcome: string;
  readonly reason: string;
  readonly who: string;
  readonly commit: string;
  /** Seconds since the epoch, by the host's clock. */
  readonly at: number;
}

/** Reads the file that the supervisor writes: lines of a key, a tab and a value. */
export function transaction(text: string): Transaction {
  const of = (name: string) => new RegExp(`^${name}\\t(.*)$`, 'm').exec(text)?.[1] ?? '';
  return {
    id: of('id'),
    outcome: of('outcome'),
    reason: of('reason'),
    who: of('who'),
    commit: of('commit'),
    at: Number(of('at')),
  };
}
