import { describe, expect, it } from 'vitest';
import { modules } from '../../modules/index.ts';
import type { HostName } from '../../src/brand.ts';
import { approvalOf } from '../../src/plan/approved.ts';
import { planFileText, readSavedPlan, type Origin } from '../../src/plan/saved.ts';
import { Secret } from '../../src/secret.ts';
import { loadInventory } from '../../src/inventory/load.ts';
import { compile } from '../../src/playbook/compile.ts';
import type { CompiledTask, HostTasks, RunPlay } from '../../src/playbook/types.ts';
import { files } from '../golden/files.ts';
import { findingsOfAsync, golden } from '../golden/golden.ts';
import { cases } from '../support/cases.ts';
import { planFor, task } from '../support/host.ts';

const origin: Origin = {
  version: '0.1.0',
  commit: '0123456789012345678901234567890123456789',
  by: 'alice@ws',
  made: '2026-11-25T08:00:00.000Z',
  breakHolds: false,
};
const play: RunPlay = {
  name: 'BIND',
  serial: [
    { is: 'hosts', hosts: 1 },
    { is: 'percent', percent: 25 },
  ],
  maxFail: 10,
};
const hostWith = (tasks: readonly CompiledTask[], host = 'ns1'): HostTasks => ({
  host: host as HostName,
  plays: [play],
  groups: [],
  vars: { names: () => [], has: () => false, get: () => undefined, at: () => undefined },
  tasks,
  excluded: [],
  become: true,
});
const savedOf = (tasks: readonly CompiledTask[], frames: Readonly<Record<string, string>>): string =>
  planFileText(origin, [{ tasks: hostWith(tasks), plan: planFor(tasks, frames) }], { ns2: 'unreachable' });
const read = (text: string) => readSavedPlan(text, 'p.plan', modules);

describe.each([...modules.keys()])('a task of %s', (name) => {
  const right = cases(name).filter((it) => it.rejected === undefined);

  it.each(right)('that was saved plans as it did: $name', async ({ params, host }) => {
    const tasks = [task({ [name]: params })];
    const plan = planFor(tasks, host);
    const { hosts } = await read(savedOf(tasks, host));
    expect(planFor(hosts[0]?.tasks ?? [], host)).toEqual(plan);
    expect(hosts[0]).toMatchObject({ host: 'ns1', become: true, approved: approvalOf(plan) });
  });
});

const packages = task({ package: { names: ['auditd'] } }, { name: 'Audit trail' });
const text = savedOf([packages], { 'packages list': '' });

it('a plan file says who made it, when, with what and from which commit, and whom it leaves out', async () => {
  expect(await read(text)).toMatchObject({ origin, leftOut: { ns2: 'unreachable' } });
  expect(text).toBe(golden('saved-plan', text.trimEnd()) + '\n');
});

it('hosts of one play go in its batches and share its budget of failures', async () => {
  const both = ['ns1', 'ns2'].map((host) => ({
    tasks: hostWith([packages], host),
    plan: planFor([packages], { 'packages list': '' }),
  }));
  const { hosts } = await read(planFileText(origin, both, {}));
  expect(hosts.map((it) => it.plays)).toEqual([[play], [play]]);
  expect(hosts[1]?.plays[0]).toBe(hosts[0]?.plays[0]);
});

it('who confirms a host is kept, by name', async () => {
  const plan = planFor([packages], { 'packages list': '' });
  const spot = { at: { file: 'p.yml', line: 1, col: 1 }, length: 1 };
  const peer = { host: 'ns9' as HostName, vars: hostWith([]).vars, become: undefined };
  const saved = (from: 'controller' | typeof peer) =>
    read(
      planFileText(
        origin,
        [{ tasks: { ...hostWith([packages]), confirm: { within: 30, from, spot } }, plan }],
        {},
      ),
    );
  expect((await saved('controller')).hosts[0]?.confirm).toEqual({ within: 30 });
  expect((await saved(peer)).hosts[0]?.confirm).toEqual({ within: 30, from: 'ns9' });
});

it('tasks that tags left out stay left out, and a condition is asked of the host again', async () => {
  const folder = files({
    'play.yml': `- hosts: all
  vars: { release: trixie, other: never }
  tasks:
    - package: { names: [auditd] }
      when: host.release == release
    - package: { names: [bind9] }
      tags: [bind]
`,
  });
  const compiled = await compile({
    playbooks: [`${folder}/play.yml`],
    inventory: loadInventory(['ns1,']),
    modules,
    skipTags: ['bind'],
  });
  const [host] = compiled;
  if (!host) throw new Error('no host');
  const plan = planFor([], {});
  const { hosts } = await read(planFileText(origin, [{ tasks: host, plan }], {}));
  const [asks, left] = hosts[0]?.tasks ?? [];
  expect(left).toMatchObject({ selected: false, when: { is: 'yes' } });
  if (asks?.when.is !== 'deferred') throw new Error('no condition');
  expect(asks.when.conditions).toEqual(['host.release == release']);
  expect(asks.when.values).toEqual({ release: 'trixie' });
  expect(asks.when.evaluate({ release: 'trixie' })).toBe(true);
  expect(asks.when.evaluate({ release: 'bookworm' })).toBe(false);
});

it('how hosts are reached is not in it', async () => {
  const folder = files({
    'hosts.yml':
      'all: { hosts: { ns1: { ansible_host: secret-place, ansible_become_password: secret-word } } }\n',
    'play.yml':
      '- hosts: all\n  vars: { also: secret-thing }\n  tasks: [{ package: { names: [bind9] }, when: host.systemd }]\n',
  });
  const inventory = loadInventory([`${folder}/hosts.yml`]);
  const [host] = await compile({ playbooks: [`${folder}/play.yml`], inventory, modules });
  if (!host) throw new Error('no host');
  // The words are there to be leaked.
  const password = host.vars.get('ansible_become_password');
  expect(password instanceof Secret && password.reveal()).toBe('secret-word');
  expect(planFileText(origin, [{ tasks: host, plan: planFor([], {}) }], {})).not.toContain('secret');
});

it('a file that is no plan of this version is refused with its place and the next step', async () => {
  const edited = (from: string | RegExp, to: string) => text.replace(from, to);
  const wrong: Readonly<Record<string, string>> = {
    'cut short': text.slice(0, 300),
    'no JSON': edited('"commit":', '"commit"'),
    'another JSON': '{\n  "hosts": []\n}\n',
    'a list': '[]',
    'another format': edited('"format": 1', '"format": 2').replace('0.1.0', '0.9.0'),
    'no format': edited('"format": 1,', ''),
    'a key that is missing': edited(/ {2}"by".*\n/, ''),
    'a key that is unknown': edited('"commit"', '"comit"'),
    'no such module': edited('"module": "package"', '"module": "pakage"'),
    'parameters that the module does not take': edited('"auditd"\n', '"-auditd"\n'),
    'no host name': edited('"host": "ns1"', '"host": "-ons1"'),
  };
  const told: string[] = [];
  for (const [name, it] of Object.entries(wrong)) {
    expect([name, it]).not.toEqual([name, text]);
    told.push(`# ${name}\n${await findingsOfAsync(() => read(it))}`);
  }
  expect(told.join('\n')).toBe(golden('saved-plan-findings', told.join('\n')));
});

describe('modules of one’s own', () => {
  const own = { name: 'package', path: 'modules/package.ts', sha256: 'a'.repeat(64) };
  const unused = { ...own, name: 'motd', path: 'modules/motd.ts' };
  const hosts = [{ tasks: hostWith([packages]), plan: planFor([packages], { 'packages list': '' }) }];
  const saved = planFileText(origin, hosts, {}, [own, unused]);
  const readWith = (here: readonly (typeof own)[]) => readSavedPlan(saved, 'p.plan', modules, here);

  it('stand in the plan where its tasks use them', () => {
    expect(JSON.parse(saved)).toMatchObject({ modules: [own] });
    expect(JSON.parse(text)).not.toHaveProperty('modules');
  });

  it('have to be there, and the same', async () => {
    expect(await readWith([unused, own])).toMatchObject({ origin, hosts: [{ host: 'ns1' }] });
    const told = [await findingsOfAsync(() => readWith([unused]))];
    told.push(await findingsOfAsync(() => readWith([{ ...own, sha256: 'b'.repeat(64) }])));
    expect(told.join('\n\n')).toBe(golden('saved-plan-modules', told.join('\n\n')));
  });
});
