import { beforeAll, expect, it } from 'vitest';
import type { ContainerHandle } from '../../src/lab/hosts.ts';
import { confine, playbook } from '../support/confine.ts';
import { containers, labInventory, on, tree } from '../support/lab.ts';

let host: ContainerHandle;
beforeAll(async () => {
  [host] = (await containers(['c1'])) as [ContainerHandle];
});

const dropIn = (name: string, Service: object) =>
  playbook([{ systemd_dropin: { unit: 'named.service', name, settings: { Service } } }]);
const apply = (book: string) => confine(['apply', book, '-i', labInventory(), '-l', 'c1', '--yes']);
const journals = '/var/lib/confine/transactions';

it('what is over leaves the newest outcomes only, and what stands can still be undone', async () => {
  const before = await on(host, tree('/etc'));
  expect(await apply(dropIn('10-a', { UMask: '0027' }))).toMatchObject({ code: 0 });
  expect(await apply(dropIn('20-b', { InaccessiblePaths: '/srv/bind/zones' }))).toMatchObject({ code: 7 });
  // One that was undone, many times over; and one of them needs a person.
  await on(
    host,
    `cd ${journals} && undone=$(grep -l undone */phase | cut -d/ -f1) && mkdir -p $undone/old && : >$undone/old/9 &&
     for i in $(seq 10 34); do cp -a $undone 20200101T0000$i-x; done && rm -rf $undone &&
     sed -i 's/^outcome.undone/outcome\\tunhealthy/' 20200101T000030-x/outcome`,
  );
  expect(await apply(dropIn('30-c', { LimitCORE: '0' }))).toMatchObject({ code: 0 });
  const left = await on(host, `cd ${journals} && grep -l undone */phase && ls -d */old`);
  const lines = left.split('\n');
  expect(lines.filter((it) => it.endsWith('/phase'))).toEqual(
    Array.from({ length: 20 }, (_, i) => `20200101T0000${i + 15}-x/phase`),
  );
  expect(lines.filter((it) => it.endsWith('-x/old'))).toEqual(['20200101T000030-x/old']);

  expect(await confine(['undo', 'c1', '-i', labInventory(), '--yes'])).toMatchObject({ code: 0 });
  expect(await on(host, tree('/etc'))).toBe(before);
});
