import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { cpuCanVirtualize, cpuModel } from '../../src/lab/accelerator.ts';
import { systemdHierarchies } from '../../src/lab/cgroup.ts';
import { type Identity, identityFiles, publicKey } from '../../src/lab/identity.ts';
import { imageIn } from '../../src/lab/image.ts';
import { renderInventory } from '../../src/lab/inventory-file.ts';
import { parseMounts } from '../../src/lab/mounts.ts';
import { qemuArgs, type QemuStart } from '../../src/lab/qemu.ts';
import { parseMessage } from '../../src/lab/qmp.ts';
import {
  type HostRecord,
  type Registry,
  withHost,
  withoutHosts,
  withoutProcess,
} from '../../src/lab/registry.ts';
import { hostName } from '../../src/lab/releases.ts';
import { knownHostsLines, sshArgs } from '../../src/lab/ssh.ts';

const common = { release: 'bookworm', user: 'root', hostKey: 'ssh-ed25519 AAAA', image: '/i' } as const;
const machine: HostRecord = {
  ...common,
  kind: 'machine',
  name: 'ns1',
  address: '127.0.0.1',
  port: 22201,
  accelerator: 'tcg',
  machineId: 'f'.repeat(32),
  process: { pid: 7, startTime: '1', bootId: 'b' },
};
const container = (n: number): HostRecord => ({
  ...common,
  kind: 'container',
  name: `c${n}`,
  address: `10.213.0.${10 + n}`,
  port: 22,
});
const registry: Registry = { version: 1, hosts: [machine] };

describe('the registry', () => {
  it('has each host once, in the order of their numbers', () => {
    const full = [10, 2, 1, 2].reduce((r, n) => withHost(r, container(n)), registry);
    expect(full.hosts.map((h) => h.name)).toEqual(['c1', 'c2', 'c10', 'ns1']);
    expect(withoutHosts(full, new Set(['c2', 'ns1'])).hosts.map((h) => h.name)).toEqual(['c1', 'c10']);
  });

  it('tells hosts of other releases apart by their names', () => {
    const trixie = hostName('machine', 1, 'trixie');
    const both = withHost(registry, { ...machine, name: trixie, release: 'trixie' });
    expect(both.hosts.map((h) => h.name)).toEqual(['ns1', 'ns1-trixie']);
    expect(hostName('container', 2, 'bookworm')).toBe('c2');
  });

  it('keeps a stopped host', () => {
    expect(withoutProcess(registry, 'ns1').hosts[0]).toMatchObject({ name: 'ns1', process: undefined });
  });
});

describe('what a controller gets', () => {
  it('an inventory in the format of Ansible', () => {
    const text = renderInventory(withHost(registry, container(1)), { key: '/k', knownHosts: '/known' });
    expect(load(text)).toEqual({
      nameservers: {
        vars: { ansible_ssh_private_key_file: '/k', confine_known_hosts: '/known' },
        children: {
          machines: {
            hosts: { ns1: { ansible_host: '127.0.0.1', ansible_port: 22201, ansible_user: 'root' } },
          },
          containers: {
            hosts: { c1: { ansible_host: '10.213.0.11', ansible_port: 22, ansible_user: 'root' } },
          },
        },
      },
    });
  });

  it('known_hosts with the port where it is not 22', () => {
    expect(knownHostsLines([machine, container(1)])).toBe(
      '[127.0.0.1]:22201 ssh-ed25519 AAAA\n10.213.0.11 ssh-ed25519 AAAA\n',
    );
  });

  it('an ssh that takes no other key and nothing of the user’s', () => {
    const access = { address: '127.0.0.1', port: 22201, user: 'admin', key: '/k', knownHosts: '/a b/known' };
    const args = sshArgs(access);
    expect(args.slice(0, 3)).toEqual(['ssh', '-F', 'none']);
    expect(args).toContain('StrictHostKeyChecking=yes');
    expect(args).toContain('UserKnownHostsFile="/a b/known"');
    expect(args.at(-1)).toBe('admin@127.0.0.1');
  });
});

describe('an identity', () => {
  const who: Identity = {
    name: 'c1',
    machineId: 'a'.repeat(32),
    hostKey: 'PRIVATE',
    hostPublicKey: 'ssh-ed25519 AAAA',
    authorizedKey: 'ssh-ed25519 BBBB',
    network: { device: 'host0', address: '10.213.0.11', gateway: undefined },
  };
  const text = (path: string, from = who) => identityFiles(from).find((f) => f.path === path)?.text;

  it('keeps the host key private', () => {
    expect(identityFiles(who).filter((f) => f.text.includes('PRIVATE'))).toMatchObject([{ mode: 0o600 }]);
  });

  it('has a gateway only where there is one', () => {
    expect(text('etc/network/interfaces.d/lab')).not.toContain('gateway');
    const routed = { ...who, network: { ...who.network, gateway: '10.0.2.2' } };
    expect(text('etc/network/interfaces.d/lab', routed)).toContain('gateway 10.0.2.2');
  });

  it('tells last that it is complete', () => {
    expect(identityFiles(who).at(-1)?.path).toBe('etc/lab-identity');
  });

  it('publicKey drops the comment', () => {
    expect(publicKey('ssh-ed25519 AAAA ada@example\n')).toBe('ssh-ed25519 AAAA');
  });
});

describe('qemu', () => {
  const start: QemuStart = {
    image: imageIn('/cache/i', 'bookworm'),
    name: 'ns1',
    accelerator: 'tcg',
    machineId: 'f'.repeat(32),
    disk: '/state/a,b/disk.qcow2',
    drive: '/state/identity.tar',
    sshPort: 22201,
    monitor: '/run/ns1.qmp',
    console: '/state/console.log',
    load: undefined,
    kernelArgs: ['rootflags=noauto_da_alloc'],
  };
  const after = (args: string[], flag: string) => args[args.indexOf(flag) + 1];

  it('boots from the disk, or wakes up in a saved state', () => {
    expect(qemuArgs(start)).not.toContain('-loadvm');
    expect(after(qemuArgs({ ...start, load: 'ready' }), '-loadvm')).toBe('ready');
  });

  it('gives the guest no way out, and only this machine a way in', () => {
    expect(after(qemuArgs(start), '-netdev')).toBe('user,id=n0,restrict=on,hostfwd=tcp:127.0.0.1:22201-:22');
  });

  it('takes a comma in a path, and more for the kernel', () => {
    expect(after(qemuArgs(start), '-drive')).toBe('file=/state/a,,b/disk.qcow2,if=virtio,format=qcow2');
    expect(after(qemuArgs(start), '-append')).toMatch(
      / systemd\.machine_id=f{32} rootflags=noauto_da_alloc$/,
    );
  });

  it('tells the two accelerators apart', () => {
    expect(after(qemuArgs(start), '-accel')).toBe('tcg,thread=multi');
    expect(after(qemuArgs({ ...start, accelerator: 'kvm' }), '-accel')).toBe('kvm');
  });

  it('needs a CPU that says it can virtualize, for kvm', () => {
    const cpuinfo = 'model name\t: Some CPU\nflags\t\t: fpu vmmcall svme svm avx\n';
    expect(cpuCanVirtualize(cpuinfo)).toBe(true);
    expect(cpuCanVirtualize(cpuinfo.replace(' svm ', ' '))).toBe(false);
    expect(cpuModel(cpuinfo)).toBe('Some CPU');
  });

  it('is understood on its monitor', () => {
    expect(parseMessage('{"error": {"class": "GenericError", "desc": "no"}}').error?.desc).toBe('no');
    expect(parseMessage('{"event": "STOP", "timestamp": {}}').event).toBe('STOP');
    expect(() => parseMessage('{"error": 1}')).toThrow('expected object');
  });
});

it('mounts are read with their spaces, and the hierarchies of systemd among them', () => {
  const mountinfo = [
    '31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755',
    '39 31 0:36 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids',
    '40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd',
    '41 31 0:38 / /sys/fs/cgroup/unified rw shared:9 - cgroup2 cgroup2 rw',
    '50 23 0:50 / /mnt/my\\040lab rw - overlay confine-lab rw',
    '',
  ].join('\n');
  expect(parseMounts(mountinfo).map((m) => m.point)).toContain('/mnt/my lab');
  expect(systemdHierarchies(mountinfo)).toEqual(['/sys/fs/cgroup/systemd', '/sys/fs/cgroup/unified']);
});
