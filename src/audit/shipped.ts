import type { AbsolutePath } from '../brand.ts';
import { absent, unknown, value } from '../observe/observation.ts';
import type { Probe } from '../observe/probe.ts';
import { shQuote } from '../quote.ts';

/** A package's file as it is, and as the package brings it. */
export interface Shipped {
  readonly package: string;
  readonly now: string;
  readonly packaged: string;
}

/**
 * Asks for a configuration file of a package and for its original, which dpkg does not keep: where no copy lies beside the
 * file, apt fetches the package of the installed version. What is taken for the original has the sum that dpkg wrote down.
 */
export const shippedProbe = (path: AbsolutePath): Probe<Shipped> => ({
  key: `shipped:${path}`,
  needs: ['audit/shipped.observe.sh'],
  ask: (key) => `observe_shipped ${key} ${shQuote(path)}`,
  parse: (frames, key) => {
    const reason = frames.text(`${key} unknown`);
    if (reason !== undefined) return unknown(reason);
    const [now, packaged, owner] = ['now', 'packaged', 'package'].map((it) => frames.text(`${key} ${it}`));
    if (now === undefined) return absent;
    return packaged === undefined || owner === undefined
      ? unknown('the host did not answer')
      : value({ package: owner, now, packaged });
  },
});
