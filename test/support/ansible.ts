import { spawn } from 'node:child_process';
import { labPaths } from '../../src/lab/paths.ts';
import { scratch } from './confine.ts';
import { labInventory } from './lab.ts';

/** What Ansible's playbook of test/fixtures/ansible puts on hosts, by their variables. */
const book = 'test/fixtures/ansible/confinement.yml';

/**
 * Runs Ansible itself over hosts of the lab.
 * @param hosts their variables
 * @returns its recap: for each host, how many tasks changed something
 */
export async function ansible(
  hosts: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
): Promise<Readonly<Record<string, number>>> {
  const inventory = scratch('hosts.yml', JSON.stringify({ all: { hosts } }));
  const args = ['-i', labInventory(), '-i', inventory, '-l', Object.keys(hosts).join(), book];
  const child = spawn('ansible-playbook', args, {
    env: {
      ...process.env,
      ANSIBLE_NOCOLOR: '1',
      ANSIBLE_PIPELINING: 'True',
      ANSIBLE_SSH_ARGS: `-o UserKnownHostsFile=${labPaths().knownHosts} -o ControlMaster=auto -o ControlPersist=30`,
    },
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) throw new Error(`ansible-playbook: exit ${String(code)}\n${said}`);
  return Object.fromEntries(
    [...said.matchAll(/^(\S+) +: ok=\d+ +changed=(\d+)/gm)].map(([, host = '', changed]) => [
      host,
      Number(changed),
    ]),
  );
}
