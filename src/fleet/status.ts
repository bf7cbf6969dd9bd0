import pLimit from 'p-limit';
import { UnitName } from '../brand.ts';
import type { HostOutcome } from '../events.ts';
import { exposureProbe, lastTransactionProbe, type LastTransaction } from '../observe/attest.ts';
import type { Observation } from '../observe/observation.ts';
import { unitProbe, type Unit } from '../resources/unit.ts';
import type { HostTasks } from '../playbook/types.ts';
import type { Connection, ConnectTarget } from '../transport/transport.ts';
import { outcomeOfError, resolveTargets, type Fleet } from './run.ts';
import { observe } from './survey.ts';

/** What confines named on a host right now, read from its process. */
export interface Attestation {
  readonly unit: Observation<Unit>;
  readonly exposure: Observation<number>;
  readonly last: Observation<LastTransaction>;
}

const named = UnitName.parse('named.service');

/** One trip: the unit, its process, its exposure, and the last transaction. */
export async function attest(connection: Connection): Promise<Attestation> {
  const [unit, exposure] = [unitProbe(named), exposureProbe(named)];
  const { observations } = await observe(connection, [unit, exposure, lastTransactionProbe]);
  return {
    unit: observations.answer(unit),
    exposure: observations.answer(exposure),
    last: observations.answer(lastTransactionProbe),
  };
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

/** What a person reads of a host: unknown is said, and never shown as a default. */
export function statusRow(status: HostStatus): StatusRow {
  const none = { noNewPrivs: '-', seccomp: '-', exposure: '-', last: '-' };
  if (status.is === 'ended') {
    const reason = 'reason' in status.outcome ? status.outcome.reason : '';
    return { host: status.host, process: `${status.outcome.is}: ${reason}`, label: '-', ...none };
  }
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
  fleet: Pick<Fleet, 'transport' | 'targets' | 'folder' | 'forks' | 'emit'>,
  hosts: readonly Pick<HostTasks, 'host' | 'vars' | 'become'>[],
): Promise<readonly HostStatus[]> {
  const targets = await resolveTargets(fleet, hosts);
  const limit = pLimit(fleet.forks);
  const one = async (host: string, target: ConnectTarget): Promise<HostStatus> => {
    try {
      const connection = await fleet.transport.connect(target);
      const attestation = await attest(connection);
      await connection.close();
      return { is: 'attested', host, attestation };
    } catch (error) {
      return { is: 'ended', host, outcome: outcomeOfError(error) };
    }
  };
  return Promise.all([...targets].map(([host, target]) => limit(() => one(host, target))));
}
