import type { HostName } from '../brand.ts';
import type { Secret } from '../secret.ts';

/** What sudo made of a password; `unknown` when the connection ended before sudo said. */
export type Verdict = 'accepted' | 'rejected' | 'unknown';

export type Turn =
  | { readonly is: 'try'; readonly settle: (verdict: Verdict) => void }
  | { readonly is: 'rejected'; readonly by: HostName };

/**
 * Lets a password be tried on one host first, so that a mistyped one costs one failed login and not one per
 * host, which would lock the account over the whole fleet. All hosts of a run share one gate.
 */
export interface BecomeGate {
  /** Resolves when it is this host's turn to answer sudo's prompt, or when the password is known to be wrong. */
  ask(host: HostName, password: Secret): Promise<Turn>;
}

type Standing =
  | { readonly is: 'untried' }
  | { readonly is: 'testing'; readonly waiting: (() => void)[] }
  | { readonly is: 'accepted' }
  | { readonly is: 'rejected'; readonly by: HostName };

export function createBecomeGate(): BecomeGate {
  const standings = new Map<string, Standing>();
  return {
    async ask(host, password) {
      const key = password.reveal();
      for (;;) {
        const now: Standing = standings.get(key) ?? { is: 'untried' };
        if (now.is === 'rejected') return now;
        if (now.is === 'testing') {
          await new Promise<void>((resolve) => now.waiting.push(resolve));
          continue;
        }
        const waiting: (() => void)[] = [];
        if (now.is === 'untried') standings.set(key, { is: 'testing', waiting });
        return {
          is: 'try',
          settle(verdict) {
            if (verdict === 'rejected') standings.set(key, { is: 'rejected', by: host });
            else if (now.is === 'untried')
              standings.set(key, { is: verdict === 'accepted' ? 'accepted' : 'untried' });
            for (const wake of waiting.splice(0)) wake();
          },
        };
      }
    },
  };
}
