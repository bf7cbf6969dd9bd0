import type { UnitName } from '../brand.ts';
import { askAbout, asked, type AskedUnit } from './named-unit.ts';
import { absent, unknown, value } from './observation.ts';
import type { Probe } from './probe.ts';
import { transaction, type Transaction } from './transaction.ts';

/** The exposure level of systemd-analyze security(1): 0 is best, 10 is worst. */
export function exposureProbe(unit: UnitName | AskedUnit): Probe<number> {
  const of = asked(unit);
  return {
    key: `exposure:${of.key}`,
    needs: [...of.needs, 'observe/attest.observe.sh'],
    gather: of.gather,
    ask: (key) => askAbout(of, `observe_exposure ${key}`),
    parse: (frames, key) => {
      const level = /exposure level for \S+: ([\d.]+)/.exec(frames.text(`${key} exposure`) ?? '')?.[1];
      return level === undefined ? unknown('systemd-analyze gave no level') : value(Number(level));
    },
  };
}

/** The outcome of the newest transaction on the host. */
export const lastTransactionProbe: Probe<Transaction> = {
  key: 'last-transaction',
  needs: ['observe/attest.observe.sh'],
  ask: (key) => `observe_last ${key}`,
  parse: (frames, key) => {
    const text = frames.text(`${key} last`);
    if (text === undefined) return unknown('the host did not answer');
    return text === '' ? absent : value(transaction(text));
  },
};

/** Folders of the transactions that stand on the host, the oldest first. */
export const committedProbe: Probe<readonly string[]> = {
  key: 'committed',
  needs: ['observe/attest.observe.sh'],
  ask: (key) => `observe_committed ${key}`,
  parse: (frames, key) => {
    const text = frames.text(`${key} committed`);
    return text === undefined ? unknown('the host did not answer') : value(text.split('\n').filter(Boolean));
  },
};
