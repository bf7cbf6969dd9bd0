import pLimit from 'p-limit';
import { UnitName } from '../brand.ts';
import type { HostOutcome } from '../events.ts';
import { exposureProbe, lastTransactionProbe, type LastTransaction } from '../observe/attest.ts';
import type { Observation } from '../observe/observation.ts';
import { unitProbe, type Unit } from '../resources/unit.ts';
import type { Connection } from '../transport/transport.ts';
import { outcomeOfError } from './failure.ts';
import type { Fleet } from './run.ts';
import { notRoot, observe } from './survey.ts';
import type { Located, Reachable } from './targets.ts';

/** What confines named on a host right now, read from its process. */
export interface Attestation {
  readonly unit: Observation<Unit>;
  readonly exposure: Observation<number>;
  readonly last: Observation<LastTransaction>;
}

const named = UnitName.parse('named.service');

/** One trip: the unit, its process, its exposure, and the last transaction; or why they can't be seen. */
export async function attest(connection: Connection): Promise<Attestation | HostOutcome> {
  const [unit, exposure] = [unitProbe(named), exposureProbe(named)];
  const { facts, observations } = await observe(connection, [unit, exposure, lastTransactionProbe]);
  return (
    notRoot(facts) ?? {
      unit: observations.answer(unit),
      exposure: observations.answer(exposure),
      last: observations.answer(lastTransactionProbe),
    }
  );
}

export type HostStatus =
  | { readonly is: 'attested'; readonly host: string; readonly attestation: Attestation }
  | { readonly is: 'ended'; readonly host: string; readonly outcome: HostOutcome };

/** A line of the status table, in words. */
export interface StatusRow {
  readonly host: string;
  readonly process: string;
  readonly label: string;
  readonly noNewPrivs: string;
  readonly seccomp: string;
  readonly exposure: string;
  readonly last: string;
}

/** What a person reads of a host: unknown is said, and never shown as a default. Why a host ended is told below. */
export function statusRow(status: HostStatus): StatusRow {
  const none = { noNewPrivs: '-', seccomp: '-', exposure: '-', last: '-' };
  if (status.is === 'ended') return { host: status.host, process: status.outcome.is, label: '-', ...none };
  const { unit, exposure, last } = status.attestation;
  const was =
    last.is === 'value'
      ? `${last.value.outcome} ${new Date(last.value.at * 1000).toISOString().slice(0, 16)}Z by ${last.value.who}`
      : last.is === 'absent'
        ? 'never'
        : `unknown (${last.reason})`;
  if (unit.is !== 'value')
    return {
      host: status.host,
      process: unit.is === 'absent' ? 'no named.service' : `unknown (${unit.reason})`,
      label: '-',
      ...none,
      last: was,
    };
  const { process } = unit.value;
  return {
    host: status.host,
    process: process
      ? `${unit.value.active} since ${new Date(unit.value.startedAt * 1000).toISOString().slice(0, 16)}Z`
      : unit.value.active,
    label: process ? process.label || 'no label' : '-',
    noNewPrivs: process ? (process.noNewPrivs ? 'yes' : 'no') : '-',
    seccomp: process?.seccomp ?? '-',
    exposure:
      exposure.is === 'value' ? exposure.value.toFixed(1) : exposure.is === 'absent' ? '-' : 'unknown',
    last: was,
  };
}

/** Asks every host at once, one trip each. */
export async function statusFleet(
  fleet: Pick<Fleet, 'transport' | 'forks' | 'stop'>,
  hosts: readonly Located<Reachable>[],
): Promise<readonly HostStatus[]> {
  const limit = pLimit(fleet.forks);
  const one = async ({ it: { host }, target }: Located<Reachable>): Promise<HostStatus> => {
    if (fleet.stop.aborted) return { is: 'ended', host, outcome: { is: 'untouched' } };
    let connection: Connection | undefined;
    try {
      connection = await fleet.transport.connect(target);
      const found = await attest(connection);
      return 'is' in found
        ? { is: 'ended', host, outcome: found }
        : { is: 'attested', host, attestation: found };
    } catch (error) {
      return { is: 'ended', host, outcome: outcomeOfError(error) };
    } finally {
      await connection?.close();
    }
  };
  return Promise.all(hosts.map((it) => limit(() => one(it))));
}
