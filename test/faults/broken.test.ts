import { readFileSync } from 'node:fs';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ContainerHandle } from '../../src/lab/hosts.ts';
import { playbook } from '../support/confine.ts';
import { afresh, apply, endOf, plans, state, wrong } from '../support/contained.ts';
import { containers, on } from '../support/lab.ts';
import { unpointed } from '../support/points.ts';
import { sweep } from '../support/sweep.ts';

let hosts: readonly ContainerHandle[];
beforeAll(async () => {
  hosts = await containers(['c1', 'c2', 'c3', 'c4']);
  return () => Promise.all(hosts.map(unpointed)).then(() => {});
});

/** Both folders that a transaction writes to, on a file system that is soon full. */
const small = `mkdir -p /mnt/small && mount -t tmpfs -o size=3m tmpfs /mnt/small &&
  cp -a /etc/systemd/system /mnt/small/etc && mkdir -p /mnt/small/var /var/lib/confine &&
  mount --bind /mnt/small/etc /etc/systemd/system && mount --bind /mnt/small/var /var/lib/confine`;
const large =
  'umount /etc/systemd/system /var/lib/confine; umount /mnt/small; rm -rf /var/lib/confine; systemctl daemon-reload';
const emptied = 'rm -rf /mnt/small/filler /var/lib/confine/*';

describe('a disk that is full', () => {
  it.each(['goesThrough', 'isUndone'] as const)(
    'before each command of the supervisor (%s)',
    async (plan) => {
      const each = (command: string) => Promise.all(hosts.map((it) => on(it, command)));
      await each(small);
      try {
        const faults = await sweep(hosts, {
          what: 'full disk',
          plan,
          action: 'head -c 9000000 /dev/zero >/mnt/small/filler 2>/dev/null',
          before: (it) => on(it, emptied),
        });
        expect(faults).toEqual([]);
      } finally {
        await each(large);
      }
    },
  );
});

describe('a host that is broken', () => {
  let host: ContainerHandle;
  let old: string;
  beforeEach(async () => {
    [host] = hosts as [ContainerHandle];
    await afresh(host);
    old = await state(host);
  });
  const unchanged = async () => {
    const end = await endOf(host);
    expect(end.state).toBe(old);
    expect(end.left).toEqual([]);
  };

  it('read-only /etc is refused', async () => {
    await on(host, 'mount --bind /etc /etc && mount -o remount,bind,ro /etc');
    const ran = await apply(host, plans.goesThrough);
    await on(host, 'umount /etc');
    expect(ran.stderr).toMatch(/refused: .*Read-only file system/);
    expect(ran.code).toBe(2);
    await unchanged();
  });

  it.each([
    ['by its TimeoutStartSec', { TimeoutStartSec: '5' }],
    ['for good, by the limit of confine', { TimeoutStartSec: 'infinity' }],
  ])('a unit that hangs in start is ended %s, and undone', async (_, more) => {
    const hangs = playbook([
      {
        systemd_dropin: {
          unit: 'named.service',
          name: '50-confine',
          settings: { Service: { ExecStartPre: '/bin/sleep 3600', ...more } },
        },
      },
    ]);
    const ran = await apply(host, hangs);
    expect(ran.stderr).toMatch(/systemctl restart named\.service/);
    expect(ran.code).toBe(7);
    await unchanged();
  });

  it('a systemd that can’t reload, since /run is full, is undone', async () => {
    await on(
      host,
      'head -c "$(($(df --output=avail -B1 /run | tail -n 1) - 8000000))" /dev/zero >/run/filler',
    );
    const ran = await apply(host, plans.goesThrough);
    await on(host, 'rm /run/filler');
    expect(ran.stderr).toMatch(/daemon-reload failed/);
    expect(ran.code).toBe(7);
    await unchanged();
  });

  it('an interrupted dpkg is told, and nothing is changed', async () => {
    await on(host, 'touch /var/lib/dpkg/updates/0001');
    const ran = await apply(host, playbook([{ package: { names: ['firejail'] } }]));
    await on(host, 'rm /var/lib/dpkg/updates/0001');
    expect(ran.stderr).toMatch(/dpkg was interrupted.*dpkg --configure -a/);
    expect(ran.code).toBe(2);
    await unchanged();
  });

  it('a kernel without AppArmor is told, and nothing is changed', async () => {
    const ran = await apply(host, playbook([{ apparmor_mode: { profile: 'named', mode: 'enforce' } }]));
    expect(ran.stderr + ran.stdout).toMatch(/AppArmor|securityfs/);
    expect(ran.code).toBe(2);
    await unchanged();
  });

  it('a host without systemd is told, and nothing is changed', async () => {
    await on(host, 'mv /run/systemd/system /run/systemd/away');
    const ran = await apply(host, plans.goesThrough);
    await on(host, 'mv /run/systemd/away /run/systemd/system');
    expect(ran.stderr + ran.stdout).toMatch(/systemd/);
    expect(ran.code).toBe(2);
    await unchanged();
  });

  it('a probe that never answers is not waited for for ever', async () => {
    const hung = '/usr/local/bin/systemctl';
    await on(host, `printf '#!/bin/sh\\nexec sleep 3600\\n' >${hung} && chmod +x ${hung}`);
    const ran = await apply(host, plans.goesThrough);
    await on(host, `rm ${hung}`);
    expect(ran.stderr).toMatch(/120 s/);
    expect(ran.code).toBe(4);
    await unchanged();
  });

  it('a /bin/sh that is busybox is as good as dash', async () => {
    const busybox = readFileSync('/bin/busybox').toString('base64');
    await host.run(
      'base64 -d >/usr/bin/busybox && chmod +x /usr/bin/busybox && ln -sf busybox /usr/bin/sh',
      busybox,
    );
    try {
      expect((await apply(host, plans.goesThrough)).code).toBe(0);
      const done = await endOf(host);
      expect(wrong('busybox', done, { old, new: done.state }, 0)).toEqual([]);
      expect(done.state).not.toBe(old);
      await afresh(host);
      expect((await apply(host, plans.isUndone)).code).toBe(7);
      await unchanged();
    } finally {
      await on(host, 'ln -sf dash /usr/bin/sh; rm /usr/bin/busybox');
    }
  });
});
