import { dump } from 'js-yaml';
import type { LabHandle } from '../../src/lab/hosts.ts';
import type { Sshd } from './sshd.ts';

type Values = Readonly<Record<string, unknown>>;

/** An inventory whose hosts are all this machine, over the test's own sshd, as root. */
export const inventoryOn = (
  sshd: Sshd,
  hosts: Readonly<Record<string, Values>> = { ns1: {} },
  vars: Values = {},
): string =>
  dump({
    nameservers: {
      vars: {
        ansible_host: '127.0.0.1',
        ansible_port: sshd.port,
        ansible_user: 'root',
        ansible_ssh_private_key_file: sshd.key,
        confine_known_hosts: sshd.knownHosts,
        ...vars,
      },
      hosts,
    },
  });

/** An inventory of one host of the lab, as pages have it: the name server ns1, which is the canary, too. */
export const inventoryOf = ({ access }: Pick<LabHandle, 'access'>): string =>
  dump({
    nameservers: {
      vars: { ansible_ssh_private_key_file: access.key, confine_known_hosts: access.knownHosts },
      hosts: {
        ns1: { ansible_host: access.address, ansible_port: access.port, ansible_user: access.user },
      },
    },
    canary: { hosts: { ns1: {} } },
  });

/** Hosts ns1, ns2, …, all the same. */
export const hostsUpTo = (count: number): Readonly<Record<string, Values>> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`ns${i + 1}`, {}]));

/** A playbook of one task on the name servers; the task as YAML on one line, or with further keys below it. */
export const taskOnHosts = (...lines: readonly string[]): string =>
  `- hosts: nameservers\n  tasks:\n    - ${lines.join('\n      ')}\n`;

/** A task that is in sync on every Debian. */
export const inSync = taskOnHosts('package: { names: [dpkg] }');

/** A task that is in sync nowhere, and that no test may apply. */
export const pending = taskOnHosts('package: { names: [no-such-package-anywhere] }');
