import { dump } from 'js-yaml';
import { comment, modeline, quoted } from '../init/render.ts';
import { isMapping } from '../yaml/values.ts';
import {
  everyone,
  hostList,
  kindsOf,
  partsOf,
  type Adoption,
  type Kind,
  type Said,
  type SharedThing,
} from './share.ts';
import type { HostName } from '../brand.ts';

/** The playbook: a task a thing, with its place on the host; and behind them what no task can declare. */
export function adoptedPlaybook({ hosts, things, notes, pending }: Adoption): string {
  const all = hosts.length;
  const plays = partsOf(things, hosts).flatMap(({ group, things: tasks, hosts: those }) => [
    '',
    ...(group === everyone ? [] : comment(`On ${hostList(those, all)} only.`, '')),
    `- name: ${group === everyone ? 'As it stands' : `As it stands (${group})`}`,
    `  hosts: ${group}`,
    '  tasks:',
    ...tasks
      .map((it) => indented(task(it), '    ').join('\n'))
      .join('\n\n')
      .split('\n'),
  ]);
  const list = (title: string, said: readonly Said[]): readonly string[] =>
    said.length === 0
      ? []
      : [
          '',
          `# ${title}:`,
          ...said.flatMap(({ at, text, hosts: those }) => noteLines(at, text, hostList(those, all))),
        ];
  return [
    modeline('playbook'),
    '#',
    ...comment(
      'What stood on these hosts already, as confine init --adopt has found it: a plan of it changes nothing but what is listed as pending. It is yours to change.',
      '',
    ),
    ...plays,
    ...list('Pending: what runs is older than what stands, and an apply renews it', pending),
    ...list('Not declared here', notes),
    '',
  ].join('\n');
}

const noteLines = (at: string, text: string, hosts: string): readonly string[] =>
  comment(`${hosts}: ${at}: ${text}`, '').map((line, i) => line.replace(/^# /, i === 0 ? '#   ' : '#     '));

function task({ name, module, fixed, key, variable, values }: SharedThing): readonly string[] {
  const [most] = values;
  const params = { ...fixed, [key]: variable === undefined ? literal(most.value) : `{{ ${variable} }}` };
  const places = [...new Set(values.map(({ at }) => at))];
  const differ = `${values.length} kinds, as the variables of the inventory say`;
  return [
    ...comment(variable === undefined ? most.at : `${places.slice(0, 3).join(', ')}: ${differ}`, ''),
    ...yaml([{ name, [module]: params }]),
  ];
}

/**
 * The inventory: all hosts in one group, with what most of them have; apart from it those that have it in another way,
 * and groups of those that have more.
 */
export function adoptedInventory(
  { hosts, things }: Adoption,
  vars: Readonly<Record<string, string | boolean>>,
): string {
  const kinds = kindsOf(things, hosts);
  const grouped = kinds.filter(({ group }) => group !== '');
  const apart = new Set(grouped.flatMap((it) => it.hosts));
  const ownOf = new Map(
    kinds.flatMap((it) => (it.group === '' ? it.hosts.map((host) => [host, it] as const) : [])),
  );
  const varied = things.flatMap((thing) =>
    thing.variable === undefined ? [] : [{ thing, value: thing.values[0] }],
  );
  const parts = partsOf(things, hosts).filter(({ group }) => group !== everyone);
  const shared = Object.entries(vars).map(
    ([key, it]) => `    ${key}: ${typeof it === 'string' ? quoted(it) : it}`,
  );
  const members = hosts
    .filter((host) => !apart.has(host))
    .flatMap((host) => [
      `${quoted(host)}:`,
      ...indented(variables(ownOf.get(host)?.values ?? [], hosts.length), '  '),
    ]);
  return [
    modeline('inventory'),
    '#',
    ...comment(
      'Hosts by what confine init --adopt has found on them. A variable of the group is what most of them have; a host that has it in another way says so itself.',
      '',
    ),
    'all:',
    ...(shared.length === 0 ? [] : ['  vars:', ...shared]),
    '  children:',
    `    ${everyone}:`,
    ...(varied.length === 0 ? [] : ['      vars:', ...indented(variables(varied, hosts.length), '        ')]),
    ...(members.length === 0 ? [] : ['      hosts:', ...indented(members, '        ')]),
    ...(grouped.length === 0
      ? []
      : [
          '      children:',
          ...indented(
            grouped.flatMap((it) => kindLines(it, hosts.length)),
            '        ',
          ),
        ]),
    ...parts.flatMap(({ group, hosts: those }) => [
      `    ${group}:`,
      '      hosts:',
      ...names(those, '        '),
    ]),
    '',
  ].join('\n');
}

const names = (hosts: readonly HostName[], indent: string): readonly string[] =>
  hosts.map((host) => `${indent}${quoted(host)}:`);

const kindLines = ({ group, hosts, values }: Kind, all: number): readonly string[] => [
  `${group}:`,
  '  vars:',
  ...indented(variables(values, all), '    '),
  '  hosts:',
  ...names(hosts, '    '),
];

const variables = (values: Kind['values'], all: number): readonly string[] =>
  values.flatMap(({ thing: { variable = '' }, value: { value, at, hosts } }) => [
    ...comment(`${at} (${hostList(hosts, all)})`, ''),
    ...yaml({ [variable]: literal(value) }),
  ]);

const yaml = (value: unknown): readonly string[] =>
  dump(value, { lineWidth: -1, noRefs: true }).trimEnd().split('\n');

const indented = (lines: readonly string[], by: string): readonly string[] =>
  lines.map((line) => (line === '' ? '' : `${by}${line}`));

/** Braces that a template would take for its own are meant as they are. */
function literal(value: unknown): unknown {
  if (typeof value === 'string') return /\{\{|\{%/.test(value) ? `{% raw %}${value}{% endraw %}` : value;
  if (Array.isArray(value)) return value.map(literal);
  return isMapping(value)
    ? Object.fromEntries(Object.entries(value).map(([key, it]) => [key, literal(it)]))
    : value;
}
