import { confinement } from '../observe/label.ts';
import type { Observation } from '../observe/observation.ts';
import type { HostStatus } from '../fleet/status.ts';
import { namedDenials } from '../fleet/trail-findings.ts';
import type { Run } from './run.ts';

type Attested = Extract<HostStatus, { is: 'attested' }>;

/** A value with the labels that it has besides its host. */
interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

interface Metric {
  readonly name: string;
  readonly type: 'gauge' | 'counter';
  readonly help: string;
  readonly of: (host: Attested) => readonly Sample[];
}

const one = (value: number): readonly Sample[] => [{ value }];
const yes = (it: boolean): readonly Sample[] => one(it ? 1 : 0);

/** What is unknown has no sample: any number would be taken for an observation. */
const known = <T>(it: Observation<T>, of: (value: T) => readonly Sample[]): readonly Sample[] =>
  it.is === 'value' ? of(it.value) : [];

const processOf = ({ attestation: { named } }: Attested) =>
  named.is === 'value' ? named.value.process : named;

const evidenceOf = ({ attestation: { trail } }: Attested) =>
  trail.is === 'value' ? trail.value.evidence : trail;

const verdicts = ['DENIED', 'KILLED'] as const;
const holdKinds = ['rollout', 'relax', 'audit'] as const;
const severities = ['alarm', 'warning', 'unknown', 'note'] as const;

const metrics: readonly Metric[] = [
  {
    name: 'confine_named_label_info',
    type: 'gauge',
    help: 'Label and mode under which named runs, by its process; always 1.',
    of: (host) =>
      known(processOf(host), ({ label }) =>
        label.is === 'value'
          ? [
              {
                labels: { module: label.value.module, label: label.value.text, mode: label.value.mode },
                value: 1,
              },
            ]
          : label.is === 'absent'
            ? [{ labels: { module: 'none', label: '', mode: 'unconfined' }, value: 1 }]
            : [],
      ),
  },
  {
    name: 'confine_named_enforced',
    type: 'gauge',
    help: 'Whether a security module denies named what its policy does not allow.',
    of: (host) =>
      known(processOf(host), ({ label }) =>
        label.is === 'unknown' ? [] : yes(label.is === 'value' && confinement(label.value) === 'denies'),
      ),
  },
  {
    name: 'confine_named_as_declared',
    type: 'gauge',
    help: 'Whether the running named is the one that its files declare and, with playbooks, nothing differs from them; holds count as declared.',
    of: (host) => {
      const { attestation, plan } = host;
      const process = processOf(host);
      if (attestation.unit.is === 'unknown' || process.is === 'unknown' || plan?.state === 'blocked')
        return [];
      const runs = attestation.unit.is === 'value' && process.is === 'value';
      const stale = attestation.unit.is === 'value' && attestation.unit.value.stale.length > 0;
      return yes(runs && !stale && (plan === undefined || plan.state === 'in-sync'));
    },
  },
  {
    name: 'confine_named_proven_start',
    type: 'gauge',
    help: 'Whether this start of named was proven by a transaction.',
    of: ({ attestation: { unit } }) =>
      known(unit, ({ proven }) =>
        proven.is === 'unknown' ? [] : yes(proven.is === 'value' && proven.value === 'this start'),
      ),
  },
  {
    name: 'confine_drift_tasks',
    type: 'gauge',
    help: 'Tasks of the playbooks that would change the host.',
    of: ({ plan }) => (plan ? one(plan.tasks.filter(({ result }) => result.is === 'changes').length) : []),
  },
  {
    name: 'confine_named_exposure',
    type: 'gauge',
    help: 'Exposure of named’s unit by systemd-analyze security, from 0 (best) to 10.',
    of: ({ attestation: { exposure } }) => known(exposure, one),
  },
  {
    name: 'confine_named_restarts_total',
    type: 'counter',
    help: 'Restarts of named by systemd after it ended by itself, since somebody last started it.',
    of: ({ attestation: { unit } }) => known(unit, ({ restarts }) => one(restarts)),
  },
  {
    name: 'confine_denials',
    type: 'gauge',
    help: 'Accesses of named that AppArmor did not allow in this boot, by verdict; see confine_records_whole.',
    of: (host) =>
      known(evidenceOf(host), (evidence) => {
        const denials = namedDenials(host.attestation, evidence);
        return verdicts.map((verdict) => ({
          labels: { verdict },
          value: denials.reduce((sum, it) => sum + (it.verdict === verdict ? it.count : 0), 0),
        }));
      }),
  },
  {
    name: 'confine_sigsys',
    type: 'gauge',
    help: 'Processes that a filter of system calls ended in this boot (SIGSYS).',
    of: (host) => known(evidenceOf(host), ({ sigsys }) => one(sigsys.length)),
  },
  {
    name: 'confine_records_whole',
    type: 'gauge',
    help: 'Whether the records go back to the boot, so that no denial is missing.',
    of: (host) => known(evidenceOf(host), ({ whole }) => yes(whole)),
  },
  {
    name: 'confine_audit_lost_records',
    type: 'gauge',
    help: 'Audit records that the kernel lost since the boot, or since the count was reset.',
    of: ({ attestation: { trail } }) =>
      trail.is === 'value' ? known(trail.value.audit, ({ lost }) => one(lost)) : [],
  },
  {
    name: 'confine_audit_suppressed_messages',
    type: 'gauge',
    help: 'Messages of this boot that the kernel suppressed because no auditd took them.',
    of: (host) => known(evidenceOf(host), ({ suppressed }) => one(suppressed)),
  },
  {
    name: 'confine_holds',
    type: 'gauge',
    help: 'Holds that keep the host apart from its playbook on purpose, by kind.',
    of: ({ attestation: { holds } }) =>
      known(holds, (all) =>
        [...new Set([...holdKinds, ...all.map(({ kind }) => kind)])].map((kind) => ({
          labels: { kind },
          value: all.filter((it) => it.kind === kind).length,
        })),
      ),
  },
  {
    name: 'confine_findings',
    type: 'gauge',
    help: 'What confine status says of the host, by severity.',
    of: ({ findings }) =>
      severities.map((severity) => ({
        labels: { severity },
        value: findings.filter((it) => it.severity === severity).length,
      })),
  },
  {
    name: 'confine_last_transaction_timestamp_seconds',
    type: 'gauge',
    help: 'When the last transaction on the host ended, and how.',
    of: ({ attestation: { last } }) => known(last, ({ at, outcome }) => [{ labels: { outcome }, value: at }]),
  },
  {
    name: 'confine_attestation_timestamp_seconds',
    type: 'gauge',
    help: 'When the host was attested, by its own clock; its age is time() - this.',
    of: ({ attestation: { at } }) => (at === undefined ? [] : one(at)),
  },
];

/**
 * What confine status saw as metrics in Prometheus' text format, for the textfile collector of node_exporter.
 * Source: Prometheus, "Exposition formats", text format 0.0.4.
 */
export function prometheus(run: Run): string {
  const hosts = run.hosts.flatMap(({ status }) => status ?? []);
  return [
    ...family(
      'confine_up',
      'gauge',
      'Whether the host answered confine status.',
      run.hosts.map(({ host, status }) => line('confine_up', { host }, status ? 1 : 0)),
    ),
    ...metrics.flatMap(({ name, type, help, of }) =>
      family(
        name,
        type,
        help,
        hosts.flatMap((it) =>
          of(it).map(({ labels, value }) => line(name, { host: it.host, ...labels }, value)),
        ),
      ),
    ),
    ...family('confine_run_timestamp_seconds', 'gauge', 'When confine status was called.', [
      line('confine_run_timestamp_seconds', {}, Math.floor(run.started.getTime() / 1000)),
    ]),
  ]
    .map((it) => `${it}\n`)
    .join('');
}

const family = (
  name: string,
  type: Metric['type'],
  help: string,
  lines: readonly string[],
): readonly string[] =>
  lines.length === 0
    ? []
    : [`# HELP ${name} ${help.replace(/[\\\n]/g, escape)}`, `# TYPE ${name} ${type}`, ...lines];

function line(name: string, labels: Readonly<Record<string, string>>, value: number): string {
  const pairs = Object.entries(labels).map(([key, text]) => `${key}="${text.replace(/[\\\n"]/g, escape)}"`);
  return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}`;
}

const escape = (it: string): string => (it === '\n' ? '\\n' : `\\${it}`);
