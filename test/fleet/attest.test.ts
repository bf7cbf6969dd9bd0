import { beforeAll, beforeEach, expect, it } from 'vitest';
import type { ContainerHandle } from '../../src/lab/hosts.ts';
import { confine, playbook } from '../support/confine.ts';
import { containers, labInventory, on, serial, tree } from '../support/lab.ts';

let host: ContainerHandle;
const folder = '/etc/systemd/system/named.service.d';
beforeAll(async () => {
  [host] = (await containers(['c1'])) as [ContainerHandle];
});
beforeEach(() => on(host, `mkdir -p ${folder}`));

const book = playbook([{ systemd_sandbox: { tier: 'baseline' } }]);
const apply = () => confine(['apply', book, '-i', labInventory(), '-l', 'c1', '--yes']);
const configuration = () => on(host, tree('/etc'));

it('a sandbox that the running process does not show is taken back', async () => {
  await on(
    host,
    `printf '[Service]\\nExecStart=\\nExecStart=+/usr/sbin/named -f $OPTIONS\\n' >${folder}/10-full.conf && systemctl daemon-reload && systemctl restart named`,
  );
  const before = await configuration();
  const { code, stderr } = await apply();
  expect(stderr).toContain('named of named.service runs without what was declared: NoNewPrivs is 0');
  expect(code).toBe(7);
  expect(await configuration()).toBe(before);
  expect(await serial(host)).not.toBe('');
  await on(host, `rm ${folder}/10-full.conf && systemctl daemon-reload && systemctl restart named`);
});

it('a named that somebody’s other unit runs is a conflict, and nothing is touched', async () => {
  await on(host, 'systemctl stop named && systemd-run -q --unit=bind-own /usr/sbin/named -f -u bind');
  const before = await configuration();
  const { code, stdout, stderr } = await apply();
  expect(`${stdout}${stderr}`).toMatch(
    /a mechanism of one unit, and named in another: the host has named running in bind-own\.service \(PID \d+\)/,
  );
  expect(code).toBe(3);
  expect(await configuration()).toBe(before);
  expect(await on(host, 'systemctl is-active bind-own')).toBe('active');
  await on(host, 'systemctl stop bind-own && systemctl start named');
});
