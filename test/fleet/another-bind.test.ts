import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { servedProbe } from '../../src/bind/served.ts';
import type { ContainerHandle } from '../../src/lab/hosts.ts';
import { namedUnit } from '../../src/observe/named-unit.ts';
import { observeTrip } from '../../src/observe/observe.ts';
import { confine, playbook } from '../support/confine.ts';
import { containers, labInventory, on } from '../support/lab.ts';
import { installOwn, removeOwn } from '../support/own-bind.ts';

let host: ContainerHandle;
beforeAll(async () => {
  [host] = (await containers(['c1'])) as [ContainerHandle];
  await on(host, 'mkdir -p /srv/bind/zones');
  await on(host, installOwn);
});
afterAll(() => on(host, removeOwn));
beforeEach(() => on(host, 'systemctl disable -q --now named; systemctl start bind-opt'));

const status = (...books: readonly string[]) =>
  confine(['status', '-i', labInventory(), '-l', 'c1', ...books]);
const check = (...books: readonly string[]) =>
  confine(['check', '--host', 'c1', '-i', labInventory(), ...books]);
const sandboxed = playbook([{ systemd_sandbox: { tier: 'baseline', unit: 'bind-opt.service' } }]);
const packaged = playbook([{ service: { unit: 'named.service', state: 'running' } }]);
const idle = /named does not run: named\.service/;

describe('a BIND that another unit runs', () => {
  it('is what status is about, with no alarm of a packaged unit that is disabled, masked or absent', async () => {
    const plain = await status();
    expect(plain.stdout).toMatch(/^c1 +no label +no +\w+ +9\.\d +bind-opt\.service active since /m);
    expect(plain.stdout).not.toMatch(idle);
    expect(plain.stdout).not.toContain('another named runs');
    expect(plain.stdout).not.toContain('a whole unit that starts named');

    await on(host, 'systemctl mask -q named');
    expect((await status()).stdout).not.toMatch(idle);
    await on(
      host,
      'systemctl unmask -q named && mv /lib/systemd/system/named.service /root && systemctl daemon-reload',
    );
    const alone = await status();
    await on(host, 'mv /root/named.service /lib/systemd/system && systemctl daemon-reload');
    expect(alone.stdout).toMatch(/^c1 .* bind-opt\.service active since /m);
    expect(alone.stdout).not.toMatch(idle);
  });

  it('does not hide a packaged unit that is enabled, or that a playbook declares', async () => {
    expect((await status(packaged)).stdout).toMatch(idle);
    await on(host, 'systemctl enable -q named');
    expect((await status()).stdout).toMatch(idle);
  });

  it('is still who it is about when it has ended', async () => {
    await on(host, 'systemctl stop bind-opt');
    expect((await status()).stdout).toContain('named does not run: bind-opt.service is inactive');
  });

  it('is looked at beside the packaged one by the unit that a playbook declares', async () => {
    await on(
      host,
      'systemd-run -q --unit=bind-more /usr/sbin/named -f -u bind -p 5300 -c /etc/bind/named.conf',
    );
    try {
      expect((await status()).stdout).toContain(
        'the unit of named: unknown: several units run a named: bind-more.service, bind-opt.service',
      );
      expect((await check()).stderr).toContain(
        'several units run a named: bind-more.service, bind-opt.service',
      );
      const probe = servedProbe(namedUnit());
      const look = observeTrip([probe]);
      const { stdout } = await host.run('sh -s', look.script);
      expect(look.read(Buffer.from(stdout)).answer(probe)).toEqual({
        is: 'unknown',
        reason: 'several units run a named: bind-more.service, bind-opt.service',
      });
      expect((await status(sandboxed)).stdout).toMatch(/^c1 .* bind-opt\.service active since /m);
    } finally {
      await on(host, 'systemctl stop bind-more');
    }
  });
});

describe('what that BIND needs', () => {
  it('is read from the file that it runs with, which is said', async () => {
    await on(
      host,
      `printf 'logging { channel q { file "/var/own.log"; }; category queries { q; }; };\\n' >>/opt/bind/etc/named.conf.local`,
    );
    const { stderr, code } = await check();
    expect(stderr).toContain('c1: read /opt/bind/etc/named.conf, with which bind-opt.service runs named');
    expect(stderr).toMatch(
      /error: c1: file permissions block \/var\/own\.log: log channel q, named\.conf\.local:\d+/,
    );
    expect(stderr).not.toContain('/etc/bind/named.conf,');
    expect(code).toBe(3);
    await on(host, `sed -i '/own.log/d' /opt/bind/etc/named.conf.local`);
  });

  it('is that of the unit which a playbook declares, where none runs', async () => {
    await on(host, 'systemctl stop bind-opt');
    expect((await check(sandboxed)).stderr).toContain(
      'c1: read /opt/bind/etc/named.conf, with which bind-opt.service would start named',
    );
    expect((await check(packaged)).stderr).toContain(
      'c1: read /etc/bind/named.conf, with which named.service would start named',
    );
  });
});
