import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { ContainerHandle } from '../../src/lab/hosts.ts';
import { until } from '../../src/lab/run.ts';
import { confine, playbook } from '../support/confine.ts';
import { containers, labInventory, on, serial } from '../support/lab.ts';

let host: ContainerHandle;
let primary: ContainerHandle;
beforeAll(async () => {
  [host, primary] = (await containers(['c1', 'c2'])) as [ContainerHandle, ContainerHandle];
  await Promise.all([host, primary].map((it) => on(it, makeZone)));
  const address = await on(primary, 'hostname -I | tr -d " "');
  secondary = `zone "big.test" { type secondary; primaries { ${address}; }; };`;
  await on(primary, `${configured(loaded)} && systemctl restart named`);
});

const zone = '/var/lib/bind/big.test';
const loaded = `zone "big.test" { type primary; file "${zone}"; };`;
let secondary: string;

/** A zone whose load takes named three seconds of a processor. */
const makeZone = `{ printf '$TTL 300\\n@ SOA ns1 hostmaster 7 3600 600 86400 300\\n NS ns1\\nns1 A 127.0.0.1\\n' &&
  awk 'BEGIN { for (i = 0; i < 800000; i++) printf "h%d A 10.%d.%d.%d\\n", i, i / 65536 % 256, i / 256 % 256, i % 256 }'; } >${zone}`;
const configured = (text: string) =>
  `sed -i '/big.test/d' /etc/bind/named.conf.local && echo '${text}' >>/etc/bind/named.conf.local`;
const answers = () => until(60, async () => (await serial(host, 'big.test')) === '7');

/** Has named run for a part of the time only, as on a slow machine: some milliseconds of each half second. */
const slow = (milliseconds: number, seconds: number) =>
  `systemd-run -q --unit=slow sh -c 'for i in $(seq ${2 * seconds}); do pkill -STOP -x named; sleep ${(500 - milliseconds) / 1000}; pkill -CONT -x named; sleep ${milliseconds / 1000}; done'`;
const fast =
  'systemctl stop slow 2>/dev/null; systemctl reset-failed slow 2>/dev/null; pkill -CONT -x named; true';

/** A unit that says it has started before named has loaded anything. */
const simple = `mkdir -p /etc/systemd/system/named.service.d && printf '[Service]\\nType=simple\\n' >/etc/systemd/system/named.service.d/00-simple.conf && systemctl daemon-reload`;

beforeEach(() =>
  on(host, `rm -rf /etc/systemd/system/named.service.d /var/lib/confine && systemctl daemon-reload`),
);
afterEach(() => Promise.all([host, primary].map((it) => on(it, fast))));
afterAll(() =>
  Promise.all(
    [host, primary].map((it) => on(it, `${configured('')} && rm ${zone}; systemctl restart named`)),
  ),
);

const apply = (Service: object = { NoNewPrivileges: true }) =>
  confine([
    'apply',
    playbook([{ systemd_dropin: { unit: 'named.service', name: '50-confine', settings: { Service } } }]),
    '-i',
    labInventory(),
    '-l',
    'c1',
    '--yes',
  ]);

it('a zone that loads for longer than half a minute is waited for', async () => {
  await on(host, `${configured(loaded)} && systemctl restart named`);
  expect(await answers()).toBe(true);
  await on(host, `${simple} && ${slow(15, 150)}`);
  const started = performance.now();
  const ran = await apply();
  const seconds = (performance.now() - started) / 1000;
  expect(ran.stderr).toContain('changed, DNS answers');
  expect(ran.code).toBe(0);
  expect(seconds).toBeGreaterThan(30);
});

it('a zone that has to be transferred first is waited for, though systemd calls named ready', async () => {
  await on(host, `${configured(secondary)} && systemctl restart named`);
  expect(await answers()).toBe(true);
  await on(primary, slow(50, 15));
  const ran = await apply();
  expect(ran.stderr).toContain('changed, DNS answers');
  expect(ran.code).toBe(0);
});

it('a zone that is lost for good is not waited for', async () => {
  await on(host, `${configured(loaded)} && systemctl restart named`);
  expect(await answers()).toBe(true);
  const started = performance.now();
  const ran = await apply({ InaccessiblePaths: zone });
  expect(ran.stderr).toContain('zone big.test no longer answers');
  expect(ran.code).toBe(7);
  expect((performance.now() - started) / 1000).toBeLessThan(30);
});
