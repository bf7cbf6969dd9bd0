import { dump } from 'js-yaml';
import type { LabPaths } from './paths.ts';
import { type Registry, replaceFile } from './registry.ts';
import { knownHostsLines } from './ssh.ts';

/** The lab's hosts as an inventory that confine and Ansible read. */
export function renderInventory(registry: Registry, paths: Pick<LabPaths, 'key' | 'knownHosts'>): string {
  const group = (kind: 'machine' | 'container'): object => ({
    hosts: Object.fromEntries(
      registry.hosts
        .filter((host) => host.kind === kind)
        .map((host) => [
          host.name,
          { ansible_host: host.address, ansible_port: host.port, ansible_user: host.user },
        ]),
    ),
  });
  const inventory = {
    nameservers: {
      vars: { ansible_ssh_private_key_file: paths.key, confine_known_hosts: paths.knownHosts },
      children: { machines: group('machine'), containers: group('container') },
    },
  };
  return `# Written by confine lab; it goes with the lab's hosts.\n${dump(inventory)}`;
}

/** Writes inventory.yml and known_hosts for the hosts there are. */
export async function writeInventory(paths: LabPaths, registry: Registry): Promise<void> {
  await replaceFile(paths.knownHosts, knownHostsLines(registry.hosts));
  await replaceFile(paths.inventory, renderInventory(registry, paths));
}
