import type { Attestation } from '../fleet/attestation.ts';
import { times, when, type Finding } from '../fleet/finding.ts';
import { labelText } from '../fleet/named-findings.ts';
import { listenerText } from '../fleet/listener-findings.ts';
import type { HostStatus } from '../fleet/status.ts';
import { denialText } from '../fleet/trail-findings.ts';
import type { NamedProcess } from '../observe/attest-process.ts';
import type { Trail } from '../observe/attest-trail.ts';
import { capabilitiesText } from '../observe/capabilities.ts';
import type { Observation } from '../observe/observation.ts';
import { hostTitle } from './host-list.ts';
import { outcomeWords } from './outcome-text.ts';
import type { Palette } from './palette.ts';
import { alike } from './same.ts';
import { table } from './table.ts';

/** The status of hosts for a person: a table, and below it what stands out; all facts where it is to be verbose. */
export function statusText(found: readonly HostStatus[], paint: Palette, verbose: boolean): string {
  const head = ['HOST', 'LABEL', 'NNP', 'SECCOMP', 'EXPOSURE', 'NAMED', 'LAST TRANSACTION'];
  return [table(head, verbose ? found.map(row) : rowsOnce(found)), ...details(found, paint, verbose)].join(
    '\n',
  );
}

/** The rows of a table, with hosts of which all is alike in one. */
function rowsOnce(found: readonly HostStatus[]): readonly (readonly string[])[] {
  const rows = found.map((it): [string, string] => {
    const [host = '', ...facts] = row(it);
    return [host, facts.join('\0')];
  });
  return alike(rows).map(({ text, hosts }) => [hostTitle(hosts), ...text.split('\0')]);
}

/** The last line of a status: how many hosts are how, each by the gravest that is to be said of it. */
export function statusSummary(found: readonly HostStatus[]): string {
  const counts = new Map<string, number>();
  for (const it of found) {
    const grave =
      it.is === 'attested' ? severities.find((s) => it.findings.some((f) => f.severity === s)) : undefined;
    const how = it.is === 'ended' ? outcomeWords[it.outcome.is] : grave ? gravest[grave] : 'all right';
    counts.set(how, (counts.get(how) ?? 0) + 1);
  }
  const order = [...Object.values(gravest), 'all right', ...Object.values(outcomeWords)];
  return order.flatMap((how) => (counts.has(how) ? [`${counts.get(how)} ${how}`] : [])).join(', ');
}

const gravest = { alarm: 'with an alarm', warning: 'with a warning', unknown: 'not wholly known' } as const;
const severities = ['alarm', 'warning', 'unknown'] as const;

/** A line of the table: unknown is said, and never shown as a default. Why a host ended is told below. */
function row(status: HostStatus): readonly string[] {
  if (status.is === 'ended') return [status.host, '-', '-', '-', '-', status.outcome.is, '-'];
  const { unit, named, exposure, last } = status.attestation;
  const process = named.is === 'value' ? named.value.process : named;
  const was = say(last, ({ outcome, at, who }) => `${outcome} ${when(at)} by ${who}`, 'never');
  if (unit.is !== 'value')
    return [status.host, '-', '-', '-', '-', unit.is === 'absent' ? 'no named.service' : 'unknown', was];
  return [
    status.host,
    say(process, (it) => say(it.label, ({ text }) => text, 'no label')),
    say(process, (it) => say(it.noNewPrivs, yesNo)),
    say(process, (it) => say(it.seccomp, String)),
    say(exposure, (it) => it.toFixed(1)),
    `${otherUnit(unit.value)}${unit.value.active}${process.is === 'value' ? ` since ${when(unit.value.startedAt)}` : ''}`,
    was,
  ];
}

/** The unit of named, where it is not the distribution's. */
export const otherUnit = ({ name }: { readonly name: string }): string =>
  name === 'named.service' ? '' : `${name} `;

const yesNo = (it: boolean): string => (it ? 'yes' : 'no');

function say<T>(it: Observation<T>, words: (it: T) => string, none = '-'): string {
  if (it.is === 'value') return words(it.value);
  return it.is === 'absent' ? none : 'unknown';
}

/** Findings by host; hosts of which the same is to be said share them. */
function details(found: readonly HostStatus[], paint: Palette, verbose: boolean): readonly string[] {
  const blocks = found.flatMap((it): [string, string][] => {
    if (it.is === 'ended') return [];
    const facts = verbose ? factLines(it.attestation).map((line) => `  ${paint.dim(line)}`) : [];
    const lines = [...it.findings.flatMap((finding) => findingLines(finding, paint)), ...facts].join('\n');
    return lines === '' ? [] : [[it.host, lines]];
  });
  return alike(blocks).flatMap(({ text, hosts }) => ['', paint.bold(hostTitle(hosts)), text]);
}

function findingLines({ severity, what, why, next }: Finding, paint: Palette): readonly string[] {
  const marks = {
    alarm: paint.red('x'),
    warning: paint.yellow('!'),
    unknown: paint.red('?'),
    note: paint.dim('-'),
  };
  return [`  ${marks[severity]} ${what}`, `    ${why}`, `    ${paint.dim('=')} ${next}`];
}

/** The same where there is room for the reason why it is unknown. */
const tell = <T>(it: Observation<T>, words: (it: T) => string, none?: string): string =>
  it.is === 'unknown' ? `unknown: ${it.reason}` : say(it, words, none);

/** All facts of an attestation, one a line. */
function factLines(it: Attestation): readonly string[] {
  const named = it.named.is === 'value' ? it.named.value : undefined;
  const lines: [string, string][] = [];
  if (named) {
    if (named.process.is === 'value') lines.push(...processFacts(named.process.value));
    const most = tell(named.tasksMax, (max) => (max === 'infinity' ? 'no limit' : String(max)));
    lines.push([
      'tasks',
      `${tell(named.tasks, String)}${named.tasks.is === 'unknown' ? '; the limit is' : ' of'} ${most}`,
    ]);
    lines.push(['memory', tell(named.memory, (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MiB`)]);
  }
  if (it.unit.is === 'value') {
    const { name, enabled, restarts, proven, attaches } = it.unit.value;
    lines.push([
      'unit',
      `${name}, ${enabled}, restarted by systemd ${restarts === 0 ? 'never' : times(restarts)}`,
    ]);
    lines.push(['proven start', tell(proven, String, 'never')]);
    lines.push(['attaches', attaches ? `${attaches.name} (${attaches.mode})` : 'no loaded profile']);
  }
  lines.push(['holds', tell(it.holds, (all) => list(all.map(({ id, kind }) => `${id} (${kind})`)))]);
  lines.push(['changed profiles', tell(it.conffiles, (all) => list(all.map(({ path }) => path)))]);
  if (it.trail.is === 'value') lines.push(...trailFacts(it.trail.value));
  lines.push([
    'listeners',
    tell(it.listeners, (all) => list(all.map((one) => `${listenerText(one)} ${labelText(one.label)}`))),
  ]);
  return lines.map(([name, text]) => `${name.padEnd(18)}${text}`);
}

const list = (all: readonly string[]): string => (all.length === 0 ? 'none' : all.join('; '));

function processFacts(process: NamedProcess): readonly [string, string][] {
  const { pid, exe, uid, parents, effective, bounding, firejail, cgroup } = process;
  return [
    ['process', `${pid} ${tell(exe, String)}, uid ${uid}, in ${cgroup}`],
    ['parents', list(parents.map((it) => `${it.pid} ${it.command}`))],
    ['firejail', yesNo(firejail)],
    ['capabilities', tell(effective, capabilitiesText)],
    ['may ever have', tell(bounding, capabilitiesText)],
  ];
}

function trailFacts({ audit, evidence, deaths }: Trail): readonly [string, string][] {
  const state = ({ pid, lost, backlog }: { pid: number; lost: number; backlog: number }) =>
    `${pid === 0 ? 'no auditd' : `auditd ${pid}`}, ${lost} records lost, ${backlog} waiting`;
  return [
    ['audit', tell(audit, state, 'no auditd installed')],
    [
      'denials',
      tell(evidence, ({ denials, whole }) =>
        [
          list(denials.map((it) => `${it.count} × ${it.verdict} ${it.profile} ${denialText(it)}`)),
          whole ? '' : ' (records do not go back to the boot)',
        ].join(''),
      ),
    ],
    ['suppressed', tell(evidence, ({ suppressed }) => String(suppressed))],
    [
      'ended',
      tell(deaths, (all) => list(all.map(({ at, code, status }) => `${when(at)} ${code} ${status}`))),
    ],
  ];
}
