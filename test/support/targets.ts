import { HostName } from '../../src/brand.ts';
import type { Become, LocalTarget, SshClient, SshTarget } from '../../src/transport/transport.ts';
import { Secret } from '../../src/secret.ts';
import type { Sshd } from './sshd.ts';

const noBecome: Become = { is: 'no' };

export function sudo(password?: string, user = 'root'): Become {
  return { is: 'sudo', user, password: password === undefined ? undefined : new Secret(password) };
}

const ssh2: SshClient = { by: 'ssh2', why: 'the test says so', or: undefined };

/** The clients that speak SSH; with one of them a target's suite is run. */
export const clients: readonly SshClient[] = [ssh2, { by: 'openssh', why: 'the test says so' }];

/** A target for a test's own sshd: its key, its known_hosts file, no agent, nothing of this machine's user. */
export function sshTarget(sshd: Sshd, changes: Partial<SshTarget> = {}): SshTarget {
  return {
    via: 'ssh',
    host: HostName.parse('ns1'),
    address: '127.0.0.1',
    port: sshd.port,
    user: 'root',
    identityFiles: [sshd.key],
    agent: undefined,
    identitiesOnly: false,
    password: undefined,
    knownHostsFiles: [sshd.knownHosts],
    hostKeyAlias: undefined,
    hostKeyChecking: 'strict',
    connectTimeout: 10,
    client: ssh2,
    asked: { name: changes.address ?? '127.0.0.1', config: 'none' },
    jump: undefined,
    become: noBecome,
    ...changes,
  };
}

/** Targets that one client speaks with. */
export function targetsBy(client: SshClient): typeof sshTarget {
  return (sshd, changes) => sshTarget(sshd, { client, ...changes });
}

export function localTarget(become: Become = noBecome): LocalTarget {
  return { via: 'local', host: HostName.parse('here'), become };
}
