import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { dump } from 'js-yaml';
import { acknowledgeTrip } from '../../src/apply/confirm.ts';
import { askSoa } from '../../src/bind/soa.ts';
import { until } from '../../src/lab/run.ts';
import type { ContainerHandle } from '../../src/lab/hosts.ts';
import { confine, scratch, startConfine } from '../support/confine.ts';
import { containers, labInventory, on, tree } from '../support/lab.ts';

let host: ContainerHandle;
let peer: ContainerHandle;
let addresses: readonly string[];

beforeAll(async () => {
  [host, peer] = (await containers(['c1', 'c2'])) as [ContainerHandle, ContainerHandle];
  addresses = await Promise.all([host, peer].map((it) => on(it, 'hostname -I | tr -d " "')));
});

const dropIn = '/etc/systemd/system/named.service.d/50-confine.conf';
const journals = '/var/lib/confine/transactions';

/**
 * Has each start of named shut DNS off from some clients, if the drop-in of the test is in place: what
 * IPAddressDeny= does, which a container can't. Nothing of it can be seen on the host itself.
 */
const gate = (rule: string): Promise<string> =>
  on(
    host,
    `mkdir -p /etc/systemd/system/named.service.d && cd /etc/systemd/system/named.service.d &&
     printf '[Service]\\nExecStartPost=+/usr/local/sbin/gate\\n' >00-gate.conf &&
     printf '%s\\n' '#!/bin/sh' 'while ip rule del pref 53 2>/dev/null; do :; done' \
       '[ ! -e ${dropIn} ] || ip rule add pref 53 ${rule} prohibit' >/usr/local/sbin/gate &&
     chmod 755 /usr/local/sbin/gate && systemctl daemon-reload && systemctl restart named`,
  );

const open = () =>
  on(
    host,
    `while ip rule del pref 53 2>/dev/null; do :; done
     rm -rf ${dropIn} ${journals} /etc/systemd/system/named.service.d/00-gate.conf && systemctl daemon-reload && systemctl restart named`,
  );
beforeEach(open);
// The container is that of other tests, too.
afterAll(open);

const book = (confirm: unknown): string =>
  scratch(
    'playbook.yml',
    dump([
      {
        hosts: 'c1',
        become: true,
        confirm,
        tasks: [
          {
            systemd_dropin: {
              unit: 'named.service',
              name: '50-confine',
              settings: { Service: { NoNewPrivileges: true } },
            },
          },
        ],
      },
    ]),
  );
const args = (confirm: unknown) => ['apply', book(confirm), '-i', labInventory(), '--yes'];
const apply = (confirm: unknown) => confine(args(confirm));

const kept = () => on(host, tree('/etc'));
const everything = () =>
  on(host, `${tree('/etc')} && ${tree('/var/lib/confine')} && systemctl show -p InvocationID --value named`);
const phase = `cat ${journals}/*/phase`;
const logins = async () =>
  Number(await on(host, "journalctl -q -o cat -t sshd | grep -c 'Accepted publickey'"));
const seenFromHere = async () =>
  (await askSoa({ address: addresses[0] ?? '' }, ['example.test'])).map(({ over, is }) => `${over} ${is}`);
/** Until the host waits for its word, in the one transaction there is. */
const waiting = () => until(30, async () => (await host.run(phase)).stdout.trim() === 'confirming');
const idOf = () => on(host, `ls ${journals}`);
const outcome = () => on(host, `head -n 2 ${journals}/*/outcome`);

it('what is seen from outside is acknowledged on a connection of its own, and stays', async () => {
  const before = await logins();
  const ran = await apply('20s');
  expect(ran.stderr).toContain(`asking DNS from outside: the controller, at ${addresses[0]}, within 20 s`);
  expect(ran.stderr).toContain('acknowledged from outside');
  expect(ran.code).toBe(0);
  expect(await on(host, phase)).toBe('committed');
  // Two of them by the run: the one that changes the host, and the one that acknowledges.
  expect((await logins()) - before).toBe(2 + 2);
});

it('a host that answers itself but nobody outside, over one of the two, undoes by itself', async () => {
  await gate('ipproto tcp sport 53');
  const before = await kept();
  const ran = await apply('6s');
  expect(ran.stderr).toMatch(
    /undone.*nobody confirmed from outside within 6 s; from the controller: .*over tcp: timed out/,
  );
  expect(ran.code).toBe(7);
  expect(await kept()).toBe(before);
  expect(await outcome()).toMatch(/^outcome\tundone\nreason\t.*nobody confirmed/);
  expect(await seenFromHere()).toEqual(['udp serial', 'tcp serial']);
});

it('what outside does not see beforehand is refused, and nothing is touched', async () => {
  await on(host, 'ip rule add pref 53 ipproto udp sport 53 prohibit');
  const before = await everything();
  const ran = await apply('6s');
  expect(ran.stderr).toMatch(
    /refused: nobody could confirm: from the controller none .* over udp: timed out/,
  );
  expect(ran.stderr).toContain('confine_dns_address');
  expect(ran.code).toBe(2);
  expect(await everything()).toBe(before);
});

it('a peer sees what the controller can’t, and the other way round', async () => {
  const [, other] = addresses;
  await gate(`to ${other} sport 53`);
  const before = await kept();
  const ran = await apply({ within: '8s', from: 'c2' });
  expect(ran.stderr).toMatch(/undone.*; from c2: .*timed out/);
  expect(ran.code).toBe(7);
  expect(await kept()).toBe(before);

  await on(host, `rm -r ${journals}`);
  await gate(`to ${other?.replace(/\d+$/, '1')} sport 53`);
  expect(await apply({ within: '20s', from: 'c2' })).toMatchObject({ code: 0 });
  expect(await seenFromHere()).toEqual(['udp none', 'tcp none']);
});

it('a peer that can’t ask is told before anything is touched', async () => {
  await on(peer, 'mv /usr/bin/dig /usr/bin/dig.away');
  try {
    const ran = await apply({ within: '20s', from: 'c2' });
    expect(ran.stderr).toMatch(/refused: nobody could confirm: from c2 .*no dig on this host \(package/);
    expect(ran.code).toBe(2);
  } finally {
    await on(peer, 'mv /usr/bin/dig.away /usr/bin/dig');
  }
});

it('a controller that dies while the host waits means undo', async () => {
  await gate('sport 53');
  const before = await kept();
  const run = startConfine(args('8s'));
  expect(await waiting()).toBe(true);
  process.kill(run.pid, 'SIGKILL');
  await run.ended;
  expect(await on(host, phase)).toBe('confirming');
  expect(await until(30, async () => (await host.run(phase)).stdout.trim() === 'undone')).toBe(true);
  expect(await until(30, async () => (await host.run(`ls ${journals}/*/outcome`)).code === 0)).toBe(true);
  expect(await outcome()).toMatch(/^outcome\tundone\nreason\t.*nobody confirmed/);
  expect(await kept()).toBe(before);
  expect(await on(host, 'systemctl list-units --all --no-legend "confine-*"')).toBe('');
});

it('a supervisor that dies while it waits means undo, too', async () => {
  await gate('sport 53');
  const before = await kept();
  const run = startConfine(args('60s'));
  expect(await waiting()).toBe(true);
  await on(host, `systemctl kill -s KILL confine-${await idOf()}-run`);
  const { code, stderr } = await run.ended;
  expect(stderr).toContain('undone');
  expect(code).toBe(7);
  expect(await kept()).toBe(before);
});

it('a wrong nonce is refused, whoever brings it, and so the host undoes', async () => {
  await gate('sport 53');
  const before = await kept();
  const run = startConfine(args('8s'));
  expect(await waiting()).toBe(true);
  const id = await idOf();
  expect(await on(host, acknowledgeTrip(id, '0'.repeat(32)))).toMatch(/^refused\tthat is not the nonce/);
  await on(host, `echo yes >${journals}/${id}/acknowledged`);
  expect(await run.ended).toMatchObject({ code: 7 });
  expect(await kept()).toBe(before);
});

it('the nonce that the host gave is its word, once', async () => {
  await gate('sport 53');
  const run = startConfine(args('60s'));
  expect(await waiting()).toBe(true);
  const id = await idOf();
  const nonce = await on(host, `cat ${journals}/${id}/nonce`);
  expect(nonce).toMatch(/^[0-9a-f]{32}$/);
  expect(await on(host, acknowledgeTrip(id, nonce))).toBe('acknowledged');
  expect(await run.ended).toMatchObject({ code: 0 });
  expect(await on(host, phase)).toBe('committed');
  expect(await on(host, acknowledgeTrip(id, nonce))).toMatch(/^refused\t.* it is committed/);
});
