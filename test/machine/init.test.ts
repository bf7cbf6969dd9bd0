import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import type { MachineHandle } from '../../src/lab/hosts.ts';
import { confine } from '../support/confine.ts';
import { fingerprint, label, labInventory, machine, on } from '../support/lab.ts';

let host: MachineHandle;
beforeAll(async () => {
  host = await machine();
});
beforeEach(() => host.reset());

/** Runs init on the lab's machine, and gives what it said and the files that it wrote. */
async function init() {
  const folder = mkdtempSync(join(tmpdir(), 'confine-init-'));
  const book = join(folder, 'playbooks/confine.yml');
  const inventory = join(folder, 'inventory/confine.yml');
  const args = ['init', 'ns1', '-i', labInventory(), '--out', folder];
  const said = await confine(args);
  const on = (command: string, ...more: readonly string[]) =>
    confine([command, book, '-i', labInventory(), '-i', inventory, ...more]);
  return { said, book, again: () => confine(args), on };
}

it('what init writes is right, is applied as it is, and the plan behind it is empty', async () => {
  const before = await fingerprint(host);
  const { said, book, again, on: run } = await init();
  expect(said).toMatchObject({ code: 0, stdout: '' });
  expect(said.stderr).toMatch(/confine plan .*playbooks\/confine\.yml/);
  expect(await fingerprint(host)).toBe(before);
  const text = readFileSync(book, 'utf8');
  expect(text).toContain("- '/srv/bind/zones/** r,'");
  expect(text).toContain('apparmor_mode: { profile: named, mode: complain }');
  expect(text).toContain('tier: strict');

  const second = await again();
  expect(second.code).toBe(5);
  expect(second.stderr).toMatch(/inventory\/confine\.yml is there already/);
  expect(readFileSync(book, 'utf8')).toBe(text);

  expect(await run('check')).toMatchObject({ code: 0 });
  expect(await run('apply', '--yes')).toMatchObject({ code: 0 });
  expect(await label(host)).toBe('named (complain)');
  expect(await run('plan', '--detailed-exitcode')).toMatchObject({ code: 0, stdout: '' });
});

it('what a configuration needs is seen: data elsewhere, a feature that no tier was measured with', async () => {
  await on(
    host,
    `install -d -o bind -g bind /srv/sec /etc/bind/dyn && cp /etc/bind/db.good.test /etc/bind/dyn/db && cat >>/etc/bind/named.conf.local <<'END'
zone "sec.test" { type secondary; primaries { 192.0.2.1; }; file "/srv/sec/db"; };
zone "dyn.test" { type primary; file "/etc/bind/dyn/db"; update-policy local; };
tls "t" { key-file "/etc/tls/k"; cert-file "/etc/tls/c"; };
END
named-checkconf`,
  );
  const { said, book, on: run } = await init();
  expect(said.code).toBe(0);
  expect(said.stderr).toMatch(/warning: ns1: no tier was measured with DNS over TLS/);
  const text = readFileSync(book, 'utf8');
  for (const rule of ['/srv/sec/** rw,', '/etc/bind/dyn/** rw,', '/etc/tls/** r,'])
    expect(text).toContain(`- '${rule}'`);
  expect(text).toMatch(/tier: baseline\n +writable:\n +- '\/etc\/bind\/dyn'\n/);
  expect(await run('check')).toMatchObject({ code: 0 });
});

it('a host without BIND is left out, and nothing is written where no other is left', async () => {
  await on(
    host,
    'mv /lib/systemd/system/named.service /etc/init.d/named /root/ && systemctl stop named && systemctl daemon-reload',
  );
  const { said, book } = await init();
  expect(said.code).toBe(2);
  expect(said.stderr).toContain('there is no named.service on this host');
  expect(existsSync(book)).toBe(false);
});
