import type { HostName } from '../brand.ts';
import { TransportError } from './transport.ts';

/** Whether a connection is lost, and who wants to know. Its first end counts; later ones are ignored. */
export interface Loss {
  /** The error by which it was lost, if it was. */
  readonly lost: () => TransportError | undefined;
  /** Calls back once when it is lost; at once if it already is. Returns how to stop listening. */
  readonly onLost: (listener: (error: TransportError) => void) => () => void;
  readonly lose: (message: string) => void;
}

export function createLoss(host: HostName): Loss {
  const listeners = new Set<(error: TransportError) => void>();
  let lost: TransportError | undefined;
  return {
    lost: () => lost,
    onLost(listener) {
      if (lost !== undefined) listener(lost);
      else listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    lose(message) {
      if (lost !== undefined) return;
      lost = new TransportError(
        host,
        'lost',
        message,
        'run again: confine looks at the host before it changes it',
      );
      for (const listener of listeners) listener(lost);
      listeners.clear();
    },
  };
}
