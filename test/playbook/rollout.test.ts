import { expect, it } from 'vitest';
import { loadInventory } from '../../src/inventory/load.ts';
import { checkPlaybooks } from '../../src/playbook/check.ts';
import { compile } from '../../src/playbook/compile.ts';
import type { HostTasks } from '../../src/playbook/types.ts';
import { files, without } from '../golden/files.ts';
import { findingsOfAsync, golden } from '../golden/golden.ts';
import { modules } from './modules.ts';

const inventory = `
nameservers:
  vars: { foreign_ns: ns.provider.example }
  hosts:
    ns1: { ansible_host: 192.0.2.1, ns_names: [a.example, 2001:db8::1] }
    ns2: { max_unavailable: 2 }
    ns3:
  children:
    canary: { hosts: { ns2: } }
resolvers: { hosts: { r1: } }
odd: { hosts: { odd1: { max_unavailable: 0, ns_names: [1] } } }
`;

const enforce = '- apparmor_mode: { profile: named, mode: enforce }';
const play = (rollout: string, tasks = enforce, hosts = 'nameservers'): string =>
  `- name: P\n  hosts: ${hosts}\n  rollout: ${rollout}\n  tasks:\n    ${tasks}\n`;

const run = (playbook: string, limit?: string): Promise<readonly HostTasks[]> => {
  const folder = files({ 'hosts.yml': inventory, 'play.yml': playbook });
  return compile({
    playbooks: [`${folder}/play.yml`],
    inventory: loadInventory([`${folder}/hosts.yml`]),
    modules,
    ...(limit !== undefined && { limit }),
  });
};

const whole =
  '{ waves: [canary, 2, 50%, 100%], soak: 3d, watch: 90m, max_unavailable: 1, gate: { waive: [transfer-in] } }';

it('a play says its waves and times, and the inventory what its servers are called', async () => {
  const hosts = await run(play(whole));
  const spec = {
    name: 'P',
    waves: [
      { is: 'group', group: 'canary' },
      { is: 'hosts', hosts: 2 },
      { is: 'percent', percent: 50 },
      { is: 'percent', percent: 100 },
    ],
    soak: 259_200,
    watch: 5400,
    maxUnavailable: 1,
    waive: ['transfer-in'],
  };
  const rollout = { spec, profile: 'named', foreign: ['ns.provider.example'], maxUnavailable: 1 };
  expect(hosts.map((it) => [it.host, it.rollout])).toEqual([
    ['ns1', { ...rollout, names: ['ns1', '192.0.2.1', 'a.example', '2001:db8::1'] }],
    ['ns2', { ...rollout, names: ['ns2'], maxUnavailable: 2 }],
    ['ns3', { ...rollout, names: ['ns3'] }],
  ]);
  expect(hosts[0]?.plays[0]?.rollout).toBe(hosts[2]?.rollout?.spec);
});

it('without words of its own it watches an hour, and waives nothing', async () => {
  const [ns1] = await run(play('{ waves: [100%], soak: 5s }'));
  expect(ns1?.rollout?.spec).toMatchObject({ soak: 5, watch: 3600, maxUnavailable: undefined, waive: [] });
});

it('a condition decides which of two tasks enforces, and --limit takes no wave its hosts', async () => {
  const two = `${enforce}\n      when: inventory_hostname == "ns1"\n    - apparmor_mode: { profile: other }\n      when: inventory_hostname != "ns1"`;
  const hosts = await run(play('{ waves: [1, 100%], soak: 1d }', two), 'ns3');
  expect(hosts.map((it) => it.rollout?.profile)).toEqual(['other']);
});

it('what can’t be is refused with its place, before any host is asked', async () => {
  const broken: Readonly<Record<string, string>> = {
    'no waves, no soak': play('{ waves: [], sok: 3d }'),
    'no times': play('{ waves: [100%], soak: 3, watch: 1w }'),
    'waves of no kind': play('{ waves: [0, 120%, [canary]], soak: 3d }'),
    'a waiver of nothing': play('{ waves: [100%], soak: 3d, gate: { waive: [reloads] } }'),
    'groups that are not there, or of others': play('{ waves: [canry, resolvers, 100%], soak: 3d }'),
    'hosts that no wave names': play('{ waves: [canary, 50%], soak: 3d }'),
    'no enforce': play('{ waves: [100%], soak: 3d }', '- apparmor_mode: { profile: named, mode: complain }'),
    'two of them': play('{ waves: [100%], soak: 3d }', `${enforce}\n    - apparmor_mode: { profile: other }`),
    'none on some hosts': play(
      '{ waves: [100%], soak: 3d }',
      `${enforce}\n      when: inventory_hostname == "ns1"`,
    ),
    'two rollouts of one host':
      play('{ waves: [100%], soak: 3d }') +
      play('{ waves: [100%], soak: 1d }', enforce, 'canary').replace('name: P', 'name: Q'),
    'variables of the wrong kind': play('{ waves: [100%], soak: 3d }', enforce, 'odd'),
  };
  const texts: string[] = [];
  for (const [name, text] of Object.entries(broken)) {
    const folder = files({ 'hosts.yml': inventory, 'play.yml': text });
    const found = await findingsOfAsync(() =>
      compile({
        playbooks: [`${folder}/play.yml`],
        inventory: loadInventory([`${folder}/hosts.yml`]),
        modules,
      }),
    );
    texts.push(`# ${name}\n${without(folder, found)}`);
  }
  const shown = texts.join('\n\n');
  expect(shown).toBe(golden('rollout-findings', shown));
});

it('check says so without an inventory, too, where no inventory could make it right', async () => {
  const check = (tasks: string): Promise<string> => {
    const folder = files({ 'play.yml': play('{ waves: [canary, 10%], soak: 3d }', tasks) });
    return findingsOfAsync(() => checkPlaybooks({ playbooks: [`${folder}/play.yml`], modules }));
  };
  expect(await check('- apparmor_override: { profile: named, rules: [x] }')).toContain('has none');
  expect(await check(`${enforce}\n    ${enforce}`)).toContain('has two of them');
  expect(await check('- apparmor_mode: { profile: named, mode: "{{ mode }}" }')).toBe('no findings');
  expect(await check(enforce)).toBe('no findings');
});
