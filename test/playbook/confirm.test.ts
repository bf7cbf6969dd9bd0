import { expect, it } from 'vitest';
import { locate } from '../../src/fleet/targets.ts';
import { loadInventory } from '../../src/inventory/load.ts';
import { compile } from '../../src/playbook/compile.ts';
import type { HostTasks } from '../../src/playbook/types.ts';
import { createTargets } from '../../src/transport/targets.ts';
import { files, without } from '../golden/files.ts';
import { findingsOfAsync, golden } from '../golden/golden.ts';
import { modules } from './modules.ts';

const inventory = `
nameservers:
  hosts:
    ns1: { ansible_host: 192.0.2.1 }
    ns2: { ansible_host: 192.0.2.2, confine_dns_address: 198.51.100.2 }
    here: { ansible_connection: local }
    odd: { ansible_host: 192.0.2.3, confine_dns_address: "-x" }
`;

const play = (hosts: string, confirm: string): string =>
  `- hosts: ${hosts}\n  confirm: ${confirm}\n  tasks: [{ apparmor_mode: { profile: named } }]\n`;

const write = (playbook: string): string => files({ 'hosts.yml': inventory, 'play.yml': playbook });

const run = (folder: string): Promise<readonly HostTasks[]> =>
  compile({
    playbooks: [`${folder}/play.yml`],
    inventory: loadInventory([`${folder}/hosts.yml`]),
    modules,
  });

const located = async (folder: string) => locate(createTargets({ noSshConfig: true }), await run(folder));

it('a play says how long its hosts wait, and who asks', async () => {
  const text =
    play('ns1', '30s') +
    play('ns2', '{ within: 2m, from: ns1 }') +
    play('odd', '30s').replace(/ {2}confirm.*\n/, '');
  const [ns1, ns2, odd] = await located(write(text));
  expect(ns1?.outside).toMatchObject({ within: 30, address: '192.0.2.1', peer: undefined });
  expect(ns2?.outside).toMatchObject({
    within: 120,
    address: '198.51.100.2',
    peer: { host: 'ns1', address: '192.0.2.1' },
    target: { host: 'ns2', address: '192.0.2.2' },
  });
  expect(odd?.outside).toBeUndefined();
});

it('plays of one host that say the same wait once', async () => {
  const [ns1] = await located(write(play('ns1', '30s') + play('ns1', '{ within: 30s }')));
  expect(ns1?.outside).toMatchObject({ within: 30 });
});

it('what can’t be is refused with its place, before any host is asked', async () => {
  const broken: Readonly<Record<string, string>> = {
    'no unit': play('ns1', '30'),
    'no time': play('ns1', 'soon'),
    'too short, and too long': play('ns1', '4s') + play('ns2', '{ within: 11m }'),
    'keys of confirm': play('ns1', '{ wihtin: 30s }'),
    'a peer that is not there': play('ns1', '{ within: 30s, from: ns22 }'),
    'a host that confirms itself': play('nameservers', '{ within: 30s, from: ns1 }'),
    'two plays that differ':
      play('ns1', '30s') + play('nameservers', '{ within: 30s, from: ns2 }').replace('nameservers', '"ns1"'),
    'this machine': play('here', '30s'),
    'an address that is none': play('odd', '30s'),
  };
  const texts: string[] = [];
  for (const [name, text] of Object.entries(broken)) {
    const folder = write(text);
    texts.push(`# ${name}\n${without(folder, await findingsOfAsync(() => located(folder)))}`);
  }
  const shown = texts.join('\n\n');
  expect(shown).toBe(golden('confirm', shown));
});
