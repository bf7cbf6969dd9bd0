import { counted } from '../counted.ts';
import type { HostName } from '../brand.ts';
import type { NextStep } from '../events.ts';
import type { Block, Counted, Due, RolloutSummary, WaveSummary } from '../rollout/summary.ts';
import { spanText } from '../span.ts';
import type { Palette } from './palette.ts';
import { table } from './table.ts';

/** How many reasons fit on a screen. */
const most = 8;

/** `rollout status` for people: one screen, however many hosts there are. */
export function rolloutText(summary: RolloutSummary, next: readonly NextStep[], paint: Palette): string {
  const { bold, dim, red, green, yellow } = paint;
  const { name, is, waves, blocks, due } = summary;
  const colour = is === 'done' ? green : is === 'back' ? red : yellow;
  const sections = [
    `rollout ${bold(name)}: ${colour(inWords(summary))}`,
    wavesText(waves),
    ...blocksText(blocks),
    ...(due.length === 0 ? [] : [due.map((it) => dim(dueText(it, waves))).join('\n')]),
    ...(next.length === 0 ? [] : [next.map((it) => nextText(it, paint)).join('\n')]),
  ];
  return sections.join('\n\n');
}

/** A line that a shell takes whole. */
const nextText = ({ command, about }: NextStep, { cyan, dim }: Palette): string =>
  `${cyan('next:')} ${command}${about === undefined ? '' : `  ${dim(`# ${about}`)}`}`;

function inWords({ is, paused, waves }: RolloutSummary): string {
  const all = waves.reduce((sum, it) => sum + it.hosts, 0);
  const done = waves.reduce((sum, it) => sum + (it.stages.done ?? 0), 0);
  switch (is) {
    case 'not-begun':
      return 'not begun';
    case 'running':
      return `in progress, ${done} of ${counted(all, 'host')} done`;
    case 'paused':
      return `paused by ${paused ?? 'somebody'}, ${done} of ${counted(all, 'host')} done`;
    case 'back':
      return `stopped: hosts went back to complain; ${done} of ${counted(all, 'host')} done`;
    case 'done':
      return `done on ${all === 1 ? 'its one host' : `all ${all} hosts`}`;
  }
}

const columns: readonly (readonly [Counted, string])[] = [
  ['new', 'not begun'],
  ['soaking', 'soaking'],
  ['passed', 'passed'],
  ['watching', 'watching'],
  ['done', 'done'],
  ['back', 'went back'],
  ['elsewhere', 'elsewhere'],
  ['unseen', 'not seen'],
];

/** A column where some host stands. */
function wavesText(waves: readonly WaveSummary[]): string {
  const used = columns.filter(([stage]) => waves.some((it) => it.stages[stage] !== undefined));
  return table(
    ['wave', 'hosts', ...used.map(([, title]) => title)],
    waves.map((it, i) => [
      `${i + 1} ${it.wave}`,
      String(it.hosts),
      ...used.map(([stage]) => String(it.stages[stage] ?? '-')),
    ]),
  );
}

const titles: Readonly<Record<Block['kind'], string>> = {
  back: 'went back',
  blocked: 'blocked',
  'not-proven': 'not proven',
  unseen: 'not seen',
  waits: 'waits',
};

function blocksText(blocks: readonly Block[]): readonly string[] {
  if (blocks.length === 0) return [];
  const lines = blocks
    .slice(0, most)
    .map(({ kind, what, command, hosts }) =>
      [
        titles[kind].padEnd(10),
        `${counted(hosts.length, 'host').padStart(9)}  ${what}`,
        `(${names(hosts)})${command === undefined ? '' : `: ${command}`}`,
      ].join(' '),
    );
  const more = blocks.length - most;
  return [[...lines, ...(more > 0 ? [`and ${more} more reasons: --json has them all`] : [])].join('\n')];
}

function names(hosts: readonly HostName[]): string {
  return hosts.length > 3 ? `${hosts.slice(0, 2).join(', ')} and ${hosts.length - 2} more` : hosts.join(', ');
}

function dueText({ what, wave, hosts, first, last }: Due, waves: readonly WaveSummary[]): string {
  const who = `wave ${wave + 1} (${waves[wave]?.wave ?? ''}): ${counted(hosts, 'host')}`;
  const [from, to] = [spanText(first), spanText(last)];
  const when = from === to ? `in ${from}` : `in ${from} to ${to}`;
  return what === 'gate'
    ? `${who} at the gate ${when} of proven up time`
    : `${who} through the watch ${when}`;
}
