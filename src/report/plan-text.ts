import { createTwoFilesPatch } from 'diff';
import { when } from '../fleet/finding.ts';
import type { Hold } from '../observe/attest-holds.ts';
import type { Known } from '../observe/observation.ts';
import { endedBy } from '../plan/holds.ts';
import { isRun } from '../plan/order.ts';
import type { HostPlan, TaskPlan } from '../plan/types.ts';
import type { FileChange, Node } from '../resources/file.ts';
import type { Change } from '../resources/resources.ts';
import type { Palette } from './palette.ts';

/** A plan as text: unified diffs of files, and one line for every other change. */
export function planText(plan: HostPlan, paint: Palette, verbose: boolean): string[] {
  const lines = plan.tasks.flatMap((task) => taskLines(task, paint, verbose));
  const ended = endedBy(plan);
  for (const hold of plan.holds)
    lines.push(
      ended.includes(hold)
        ? `  ${paint.yellow('!')} ends a hold: ${holdText(hold)}`
        : `  ${paint.green('=')} held: ${holdText(hold)}`,
    );
  const runs = plan.changes.filter(isRun);
  for (const run of runs)
    lines.push(
      `  ${paint.yellow('!')} ${run.change} ${run.unit}${run.why.length > 0 ? `: ${run.why.join('; ')}` : ''}`,
    );
  return lines;
}

const words: Readonly<Record<string, string>> = { relax: 'relaxed', audit: 'audited' };

/** What a hold is, in words: `relaxed (apparmor) by alice@ws until 2026-11-25T18:00Z: why`. */
function holdText({ kind, mechanisms, who, since, until, why }: Hold): string {
  if (kind === 'rollout')
    return since === 0
      ? `rollout "${why}" has not begun here, so the mode stays as it is: confine rollout start begins it`
      : `in rollout "${why}" of ${who || 'somebody'} since ${when(since)}: confine rollout status tells how far it is`;
  const what = mechanisms.length > 0 ? ` (${mechanisms.join(', ')})` : '';
  const end = until === undefined ? 'without an end' : `until ${when(until)}`;
  return `${words[kind] ?? kind}${what} by ${who || 'somebody'} ${end}${why && `: ${why}`}`;
}

function taskLines({ name, module, at, result }: TaskPlan, paint: Palette, verbose: boolean): string[] {
  const title = `${name} ${paint.dim(`(${module})`)}`;
  switch (result.is) {
    case 'in-sync':
      return verbose ? [`  ${paint.green('=')} ${title}: in sync`] : [];
    case 'held':
      return verbose ? [`  ${paint.green('=')} ${title}: held`] : [];
    case 'excluded':
      return verbose ? [`  ${paint.dim('-')} ${title}: left out, ${result.reason}`] : [];
    case 'deferred':
      return [`  ${paint.yellow('?')} ${title}: ${result.reason}`];
    case 'unknown':
      return [`  ${paint.red('?')} ${title}: unknown: ${result.reason}`];
    case 'refused':
      return [
        `  ${paint.red('x')} ${title}: ${result.message}`,
        ...(result.hint === undefined ? [] : [`    ${paint.dim('=')} ${result.hint}`]),
        `    ${paint.dim(`at ${at.file}:${at.line}:${at.col}`)}`,
      ];
    case 'changes': {
      const own = result.changes.filter((it) => !isRun(it));
      return [
        `  ${paint.yellow('~')} ${title}`,
        ...own.flatMap((it) => changeLines(it, paint).map((l) => `    ${l}`)),
      ];
    }
  }
}

function changeLines(change: Change, paint: Palette): string[] {
  switch (change.change) {
    case 'file':
      return fileLines(change, paint);
    case 'package':
      return [`install package ${change.name}`];
    case 'profile':
      if (change.to === 'absent')
        return [
          `unload profile ${change.name} (${change.from})`,
          ...change.units.map((unit) => `${unit} is unconfined from that moment on, without a restart`),
        ];
      return [
        change.from === change.to
          ? `load profile ${change.name} (${change.to}): ${change.why}`
          : `load profile ${change.name}: ${change.from} -> ${change.to}`,
      ];
    case 'backlog':
      return [`room for ${change.to} waiting audit records in the kernel (it is ${change.from})`];
    case 'daemon-reload':
      return ['systemctl daemon-reload'];
    case 'enable':
    case 'disable':
      return [`${change.change} ${change.unit} (it is ${change.from})`];
    case 'start':
    case 'stop':
    case 'restart':
    case 'reload':
      return [`${change.change} ${change.unit}`];
  }
}

function fileLines({ path, before, after }: FileChange, paint: Palette): string[] {
  if (after.is === 'absent') return [`remove ${path}${describe(before)}`];
  const node = after.value;
  if (node.is !== 'file') return [node.is === 'link' ? `link ${path} -> ${node.target}` : `make ${path}`];
  const old = before.is === 'value' && before.value.is === 'file' ? before.value : undefined;
  const verb = before.is === 'absent' ? 'create' : old ? 'change' : 'replace';
  const meta = old
    ? [
        old.mode === node.mode ? '' : `mode ${old.mode} -> ${node.mode}`,
        owner(old) === owner(node) ? '' : `owner ${owner(old)} -> ${owner(node)}`,
      ]
    : [`mode ${node.mode}`, `owner ${owner(node)}`];
  const head = [`${verb} ${path}`, ...meta.filter(Boolean)].join(', ');
  // Of what confine keeps for itself, that it changes is all there is to say.
  if (path.startsWith('/var/lib/confine/')) return [head];
  const was = old?.content ?? Buffer.alloc(0);
  if (was.equals(node.content)) return [head];
  if (was.includes(0) || node.content.includes(0))
    return [head, `(binary: ${was.length} -> ${node.content.length} bytes)`];
  return [head, ...unifiedDiff(path, was.toString('utf8'), node.content.toString('utf8'), paint)];
}

const owner = (node: { readonly owner: string; readonly group: string }) => `${node.owner}:${node.group}`;

const describe = (before: Known<Node>): string =>
  before.is === 'value' && before.value.is === 'link' ? ` (a link to ${before.value.target})` : '';

function unifiedDiff(path: string, before: string, after: string, paint: Palette): string[] {
  const patch = createTwoFilesPatch(path, path, before, after, undefined, undefined, { context: 3 });
  return patch
    .split('\n')
    .filter((line) => line !== '' && !/^(=====|Index: )/.test(line))
    .map((line) => line.trimEnd())
    .map((line) => {
      if (line.startsWith('@@')) return paint.cyan(line);
      if (line.startsWith('+++') || line.startsWith('---')) return paint.bold(line);
      if (line.startsWith('+')) return paint.green(line);
      return line.startsWith('-') ? paint.red(line) : line;
    });
}
