import { route } from './entry.ts';
import type { Loss } from './loss.ts';
import type { SshTarget } from './transport.ts';

interface Shareable extends Pick<Loss, 'onLost'> {
  readonly close: () => Promise<void>;
}

/** Connections to jump hosts, each opened once for all hosts behind it, and anew when it was lost. */
export interface Shared<T> {
  readonly get: (target: SshTarget) => Promise<T>;
  /** Never rejects. */
  readonly close: () => Promise<void>;
}

export function createShared<T extends Shareable>(open: (target: SshTarget) => Promise<T>): Shared<T> {
  const all = new Map<string, Promise<T>>();
  return {
    get(target) {
      const key = `${target.user}@${route(target)}`;
      const before = all.get(key);
      if (before !== undefined) return before;
      const opening = open(target).then((session) => {
        session.onLost(() => all.delete(key));
        return session;
      });
      all.set(key, opening);
      // One that failed is kept: the hosts behind it need not knock one after the other.
      opening.catch(() => {});
      return opening;
    },
    async close() {
      await Promise.allSettled([...all.values()].map(async (opening) => (await opening).close()));
    },
  };
}
