import type { HostName } from '../brand.ts';
import type { Advice } from './advice.ts';

/** Hosts that one play suits. */
export interface Group {
  readonly name: string;
  readonly hosts: readonly HostName[];
  readonly advice: Advice;
}

/** Puts hosts with equal advice together, and names each group for what it gets. */
export function groupsOf(
  advised: readonly { readonly host: HostName; readonly advice: Advice }[],
): readonly Group[] {
  const byAdvice = new Map<string, { hosts: HostName[]; advice: Advice }>();
  for (const { host, advice } of advised) {
    const key = JSON.stringify(advice);
    const group = byAdvice.get(key) ?? { hosts: [], advice };
    group.hosts.push(host);
    byAdvice.set(key, group);
  }
  const taken = new Map<string, number>();
  return [...byAdvice.values()].map(({ hosts, advice }) => {
    const base = [
      'bind',
      ...(advice.apparmor.is === 'none' ? [] : ['apparmor']),
      ...(advice.sandbox.is === 'none' ? [] : [advice.sandbox.is]),
    ].join('_');
    const count = (taken.get(base) ?? 0) + 1;
    taken.set(base, count);
    return { name: count === 1 ? base : `${base}_${count}`, hosts: hosts.toSorted(), advice };
  });
}

/** A text as YAML takes it for one, whatever it holds. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
/** The line by which editors find a file's schema. */
export const modeline = (kind: 'inventory' | 'playbook'): string =>
  `# yaml-language-server: $schema=../schemas/${kind}.schema.json`;

/** A comment of several lines, broken between words. */
export function comment(text: string, indent: string): readonly string[] {
  const room = 98 - indent.length;
  const lines: string[] = [];
  for (const word of text.replace(/\s+/g, ' ').split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= room)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.map((line) => `${indent}# ${line}`);
}

/** The inventory: which host belongs to which play, and how hosts are reached where the command line said it. */
export function inventoryText(
  groups: readonly Group[],
  vars: Readonly<Record<string, string | boolean>>,
  about: string,
): string {
  const shared = Object.entries(vars).map(
    ([key, it]) => `    ${key}: ${typeof it === 'string' ? quoted(it) : it}`,
  );
  return [
    modeline('inventory'),
    '#',
    ...comment(about, ''),
    'all:',
    ...(shared.length === 0 ? [] : ['  vars:', ...shared]),
    '  children:',
    ...groups.flatMap(({ name, hosts }) => [
      `    ${name}:`,
      '      hosts:',
      ...hosts.map((host) => `        ${quoted(host)}:`),
    ]),
    '',
  ].join('\n');
}

/** The playbook: a play a group, each choice with its reason. */
export function playbookText(groups: readonly Group[], about: string): string {
  return [modeline('playbook'), '#', ...comment(about, ''), ...groups.map(play), ''].join('\n');
}

function play({ name, advice }: Group): string {
  const tasks = [
    ...auditTasks(advice),
    ...apparmorTasks(advice),
    ...sandboxTasks(advice),
    ...serviceTasks(advice),
  ];
  return [
    '',
    ...advice.warnings.flatMap((it) => comment(`Look at this first: ${it}.`, '')),
    `- name: Confine BIND (${name})`,
    `  hosts: ${name}`,
    '  # One host first, then ever more of them; a batch that fails whole ends the run.',
    "  serial: [1, 5, '20%']",
    '  tasks:',
    ...tasks
      .join('\n\n')
      .split('\n')
      .map((line) => (line === '' ? '' : `    ${line}`)),
  ].join('\n');
}

const task = (why: string, name: string, ...body: readonly string[]): string =>
  [...comment(why, ''), `- name: ${name}`, ...body.map((line) => `  ${line}`)].join('\n');

function auditTasks({ apparmor }: Advice): readonly string[] {
  return [
    task(
      'The proof behind a change is what DNS answers, and dig asks.',
      'dig for the proof',
      'package: { names: [bind9-dnsutils] }',
    ),
    ...(apparmor.is === 'none'
      ? []
      : [
          task(
            'What the profile denies, or would deny, stands in the audit trail; without auditd the kernel drops much of it.',
            'Audit trail',
            'auditd: {}',
          ),
        ]),
  ];
}

function apparmorTasks({ apparmor, rules }: Advice): readonly string[] {
  if (apparmor.is === 'none') return [comment(`AppArmor is left out. ${apparmor.why}.`, '').join('\n')];
  return [
    ...(rules.length === 0
      ? []
      : [
          task(
            'Places of this host that named.conf names and the packaged profile does not have. Take out what named has no business with.',
            'Data outside the packaged profile',
            'apparmor_override:',
            '  profile: named',
            '  rules:',
            ...rules.map((it) => `    - ${quoted(it)}`),
          ),
        ]),
    task(
      `AppArmor is the security module that Debian ships with, and its package brings a profile for named. Mode ${apparmor.is}: ${apparmor.why}.${
        apparmor.is === 'complain' ? ' Then: mode: enforce.' : ''
      }`,
      `AppArmor profile in ${apparmor.is} mode`,
      `apparmor_mode: { profile: named, mode: ${apparmor.is} }`,
      'tags: [mode]',
    ),
  ];
}

function sandboxTasks({ sandbox, writable }: Advice): readonly string[] {
  const paths = writable.length === 0 ? [] : ['  writable:', ...writable.map((it) => `    - ${quoted(it)}`)];
  switch (sandbox.is) {
    case 'none':
      return [comment(`No sandbox: ${sandbox.why}.`, '').join('\n')];
    case 'firejail':
      // The module has systemd start the jail, so it can't be more than a hint.
      return [
        comment(
          `Firejail would be the choice here: ${sandbox.why}. confine starts it by a unit of systemd only, so it is not written as a task.`,
          '',
        ).join('\n'),
      ];
    case 'baseline':
    case 'strict':
      return [
        task(
          `systemd's sandbox, tier ${sandbox.is}: ${sandbox.why}. docs/sandbox.md has what each tier takes away.${
            paths.length === 0
              ? ''
              : ' The paths are those that named writes outside of what the tier leaves open.'
          }`,
          'Sandbox the unit',
          'systemd_sandbox:',
          `  tier: ${sandbox.is}`,
          ...paths,
        ),
      ];
  }
}

const serviceTasks = ({ service }: Advice): readonly string[] =>
  service
    ? [
        task(
          'A named whose process is not what is declared restarts, and DNS is asked.',
          'BIND runs as declared',
          'service: { unit: named.service, enabled: true, state: running }',
        ),
      ]
    : [];
