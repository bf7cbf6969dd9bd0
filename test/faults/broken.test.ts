import { readFileSync } from 'node:fs';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ContainerHandle } from '../../src/lab/hosts.ts';
import { playbook } from '../support/confine.ts';
import { afresh, apply, endOf, plans, state, wrong } from '../support/contained.ts';
import { containers, on } from '../support/lab.ts';
import { actions, at, pointed, points, some, unpointed } from '../support/points.ts';

let host: ContainerHandle;
let old: string;
beforeAll(async () => {
  [host] = (await containers(['c1'])) as [ContainerHandle];
});
beforeEach(async () => {
  await afresh(host);
  old = await state(host);
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
      await on(host, small);
      await pointed(host);
      try {
        await at(host, 0, actions.nothing);
        await apply(host, plans[plan]);
        const done = await endOf(host);
        const all = await points(host);
        const tried = some(all);
        const faults: string[] = [];
        const outcomes: Record<string, number> = {};
        for (const [i, command] of tried) {
          await on(host, emptied);
          await afresh(host).catch(() => undefined);
          await at(host, i + 1, 'head -c 9000000 /dev/zero >/mnt/small/filler 2>/dev/null');
          const ran = await apply(host, plans[plan]);
          const end = await endOf(host);
          outcomes[end.outcome] = (outcomes[end.outcome] ?? 0) + 1;
          const found = wrong(`full before ${i + 1}: ${command}`, end, { old, new: done.state }, ran.code);
          if (found.length > 0) faults.push(...found, ran.stderr);
        }
        process.stdout.write(
          `full disk at ${tried.length} of ${all.length} commands (${plan}): ${JSON.stringify(outcomes)}\n`,
        );
        expect(faults).toEqual([]);
      } finally {
        await unpointed(host);
        await on(host, large);
      }
    },
  );
});

describe('a host that is broken', () => {
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
