import type { Attestation } from '../fleet/attestation.ts';
import type { Finding } from '../fleet/finding.ts';
import type { TaskPlan } from '../plan/types.ts';
import { blockedText } from '../bind/permitted.ts';
import { escaped } from './escape.ts';
import { pathIn } from './fingerprint.ts';
import { outcomeReason, outcomeWords } from './outcome-text.ts';
import { isFine } from './issues.ts';
import { planText } from './plan-text.ts';
import { palette } from './palette.ts';
import type { Counted } from '../rollout/summary.ts';
import type { HostRun, Run } from './run.ts';
import { stageWords } from './standing.ts';

/** How a test ended: passed where it is neither of the three. */
interface TestCase {
  readonly name: string;
  readonly result?: {
    readonly is: 'failure' | 'error' | 'skipped';
    readonly message: string;
    readonly text: string;
  };
  readonly out?: string;
}

interface Suite {
  readonly name: string;
  readonly cases: readonly TestCase[];
}

/**
 * A run as JUnit's XML, as Jenkins, GitLab and Surefire read it: a suite a host with a case a task and one for how it
 * ended, or a case a fact; of input files a suite a file. Changes that are only planned are no failures.
 */
export function junit(run: Run): string {
  const suites = [...fileSuites(run), ...run.hosts.map((host) => hostSuite(host))];
  const all = suites.flatMap(({ cases }) => cases);
  const time = run.seconds === undefined ? '' : ` time="${run.seconds.toFixed(3)}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${escaped(`confine ${run.command}`)}" ${countsOf(all)}${time}>`,
    ...suites.map((suite) => suiteXml(suite, run)),
    '</testsuites>',
    '',
  ].join('\n');
}

/** Each file that was checked, and each in which something was found. */
function fileSuites({ command, files, findings, folder }: Run): readonly Suite[] {
  const found = findings.map(({ finding }) => finding.at.file);
  const names = [...new Set([...(command === 'check' ? files : []), ...found])];
  return names.map((file) => {
    const own = findings.filter(({ finding }) => finding.at.file === file);
    const cases = own.map(({ severity, finding: { at, message, hint, rule } }): TestCase => ({
      name: `${at.line}:${at.col} ${rule ?? 'input'}`,
      ...(severity === 'error'
        ? {
            result: {
              is: 'failure',
              message,
              text: [`${pathIn(folder, file)}:${at.line}:${at.col}`, message, hint ?? ''].join('\n'),
            },
          }
        : { out: [message, hint ?? ''].join('\n') }),
    }));
    return { name: pathIn(folder, file), cases: cases.length > 0 ? cases : [{ name: 'is right' }] };
  });
}

function hostSuite(it: HostRun): Suite {
  const tasks = it.status ? [] : (it.plan?.tasks ?? []).map((task) => taskCase(task, it));
  return {
    name: it.host,
    cases: [
      ...tasks,
      ...(it.status ? factCases(it.status.findings) : []),
      ...(it.blocked ?? []).map((one): TestCase => {
        const text = blockedText(one);
        const name = `needs ${one.need.path}`;
        return one.bites ? { name, result: { is: 'failure', message: text, text } } : { name, out: text };
      }),
      endCase(it),
    ],
  };
}

const where = ({ at }: TaskPlan): string => `${at.file}:${at.line}:${at.col}`;

function taskCase(task: TaskPlan, it: HostRun): TestCase {
  const { name, result } = task;
  const with_ = (
    is: 'failure' | 'error' | 'skipped',
    message: string,
    ...more: readonly string[]
  ): TestCase => ({
    name,
    result: { is, message, text: [where(task), message, ...more].join('\n') },
  });
  switch (result.is) {
    case 'in-sync':
    case 'held':
      return { name };
    case 'changes': {
      const out = changesOf(task, it);
      if (it.outcome?.is === 'committed') return { name, out };
      const end = it.outcome ? outcomeWords[it.outcome.is] : 'not known';
      return {
        ...with_('skipped', it.outcome?.is === 'pending' ? 'changes are pending' : `the host is ${end}`),
        out,
      };
    }
    case 'excluded':
    case 'deferred':
      return with_('skipped', result.reason);
    case 'unknown':
      return with_('error', `unknown: ${result.reason}`);
    case 'refused':
      return with_('failure', result.message, result.hint ?? '');
  }
}

/** The changes of one task, as a plan of its own would show them. */
const changesOf = (task: TaskPlan, { plan }: HostRun): string =>
  plan ? planText({ ...plan, tasks: [task], changes: [], holds: [] }, palette(false), false).join('\n') : '';

const facts: readonly Finding['about'][] = [
  'named',
  'unit',
  'exposure',
  'trail',
  'listeners',
  'conffiles',
  'holds',
  'last',
  'drift',
] satisfies readonly (keyof Attestation | 'drift')[];

/** A case for each fact of an attestation, whatever was found about it. */
function factCases(findings: readonly Finding[]): readonly TestCase[] {
  return facts.map((name) => {
    const own = findings.filter(({ about }) => about === name);
    const bad = own.filter(({ severity }) => severity === 'alarm' || severity === 'warning');
    const unknown = own.filter(({ severity }) => severity === 'unknown');
    const text = own.map(({ what, why, next }) => [what, why, `next: ${next}`].join('\n')).join('\n\n');
    const [first] = bad.length > 0 ? bad : unknown;
    if (first)
      return { name, result: { is: bad.length > 0 ? 'failure' : 'error', message: first.what, text } };
    return own.length > 0 ? { name, out: text } : { name };
  });
}

/** How the host ended: what could not be asked is an error, what went wrong a failure. */
function endCase(it: HostRun): TestCase {
  const name = 'answers, and ends as wanted';
  const { outcome } = it;
  if (it.stage !== undefined && !outcome) return { name, ...stageResult(it.stage) };
  if (!outcome)
    return it.status || it.blocked
      ? { name }
      : { name, result: { is: 'skipped', message: 'the run ended before', text: '' } };
  const log = 'log' in outcome ? outcome.log : [];
  const message = [outcomeWords[outcome.is], outcomeReason(outcome)].filter(Boolean).join(': ');
  if (isFine(it)) return { name, out: message };
  const text = [message, ...('hint' in outcome && outcome.hint ? [outcome.hint] : []), ...log].join('\n');
  if (outcome.is === 'untouched') return { name, result: { is: 'skipped', message, text } };
  const asked = outcome.is !== 'unreachable' && outcome.is !== 'unknown' && outcome.is !== 'crashed';
  return { name, result: { is: asked ? 'failure' : 'error', message, text } };
}

/** To wait for evidence is no failure; to have gone back is one. */
function stageResult(stage: Counted): Omit<TestCase, 'name'> {
  const message = stageWords[stage];
  if (stage === 'back') return { result: { is: 'failure', message, text: message } };
  return stage === 'unseen' ? { result: { is: 'error', message, text: message } } : { out: message };
}

function suiteXml({ name, cases }: Suite, run: Run): string {
  return [
    `  <testsuite name="${escaped(name)}" ${countsOf(cases)} skipped="${numberOf(cases, 'skipped')}" timestamp="${run.started.toISOString().slice(0, 19)}">`,
    ...cases.map((it) => caseXml(it, name)),
    '  </testsuite>',
  ].join('\n');
}

function caseXml({ name, result, out }: TestCase, suite: string): string {
  const inner = [
    ...(result
      ? [
          `      <${result.is} type="${result.is}" message="${escaped(result.message)}">${escaped(result.text)}</${result.is}>`,
        ]
      : []),
    ...(out ? [`      <system-out>${escaped(out)}</system-out>`] : []),
  ];
  const open = `    <testcase classname="${escaped(suite)}" name="${escaped(name)}" time="0"`;
  return inner.length === 0 ? `${open}/>` : [`${open}>`, ...inner, '    </testcase>'].join('\n');
}

const numberOf = (cases: readonly TestCase[], is: 'failure' | 'error' | 'skipped'): number =>
  cases.filter(({ result }) => result?.is === is).length;

const countsOf = (cases: readonly TestCase[]): string =>
  `tests="${cases.length}" failures="${numberOf(cases, 'failure')}" errors="${numberOf(cases, 'error')}"`;
