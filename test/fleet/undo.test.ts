import { beforeAll, expect, it } from 'vitest';
import type { ContainerHandle } from '../../src/lab/hosts.ts';
import { confine, playbook } from '../support/confine.ts';
import { afresh, endOf, state } from '../support/contained.ts';
import { containers, labInventory, on, surfaces } from '../support/lab.ts';

let host: ContainerHandle;
beforeAll(async () => {
  [host] = (await containers(['c1'])) as [ContainerHandle];
});

const book = playbook([
  { systemd_dropin: { unit: 'named.service', name: '50-confine', settings: { Service: { UMask: '0077' } } } },
]);
const drop = '/etc/systemd/system/named.service.d/50-confine.conf';
const onHost = ['-i', labInventory(), '-l', 'c1', '--yes'];
const apply = () => confine(['apply', book, ...onHost]);
const undo = () => confine(['undo', 'c1', '-i', labInventory(), '--yes']);

it('undo goes through what somebody had taken back by hand and confine had made again', async () => {
  const before = await surfaces(host);
  expect(await apply()).toMatchObject({ code: 0 });
  await on(host, `rm ${drop}`);
  expect(await apply()).toMatchObject({ code: 0 });
  const taken = await undo();
  expect(taken.stderr).toContain('as it was before confine, DNS answers');
  expect(taken.code).toBe(0);
  expect(await surfaces(host)).toBe(before);
});

it('undo keeps what somebody has written in its place', async () => {
  expect(await apply()).toMatchObject({ code: 0 });
  await on(host, `printf '[Service]\\nUMask=0007\\n' >${drop}`);
  const refused = await undo();
  expect(refused.stderr).toContain(`${drop} is no longer as transaction`);
  expect(refused.code).toBe(2);
  expect(await on(host, `cat ${drop}`)).toBe('[Service]\nUMask=0007');
  await on(host, `rm ${drop}`);
  expect(await undo()).toMatchObject({ code: 0 });
});

const losesAZone = {
  systemd_dropin: {
    unit: 'named.service',
    name: '50-confine',
    settings: { Service: { InaccessiblePaths: '/srv/bind/zones' } },
  },
};
it.each([
  [
    'a link of systemctl add-wants, which disabling takes away',
    'systemctl -q add-wants timers.target named.service',
    false,
    'systemctl -q enable named; rm -f /etc/systemd/system/timers.target.wants/named.service',
  ],
  [
    'a unit that was enabled until the next boot',
    'systemctl -q disable named && systemctl -q enable --runtime named',
    true,
    'systemctl -q disable --runtime named; systemctl -q enable named',
  ],
])('%s: undone, it is as it was', async (_, makes, enabled, clears) => {
  await on(host, makes);
  try {
    const before = await surfaces(host);
    const book = playbook([losesAZone, { service: { unit: 'named.service', enabled } }]);
    expect(await confine(['apply', book, ...onHost])).toMatchObject({ code: 7 });
    expect(await surfaces(host)).toBe(before);
  } finally {
    await on(host, clears);
  }
});

it('on a full disk, undo on demand gives back all of a transaction or nothing of it', async () => {
  await on(
    host,
    `mkdir -p /mnt/small /var/lib/confine && mount -t tmpfs -o size=3m tmpfs /mnt/small &&
     cp -a /etc/systemd/system /mnt/small/etc && mkdir /mnt/small/var &&
     mount --bind /mnt/small/etc /etc/systemd/system && mount --bind /mnt/small/var /var/lib/confine`,
  );
  try {
    await afresh(host);
    // The second is too large for what is left of the disk.
    const folder = '/etc/systemd/system/named.service.d';
    await on(
      host,
      `cp -p ${folder}/10-old.conf ${folder}/05-old.conf && head -c 200000 /dev/zero | tr '\\0' '#' >>${folder}/10-old.conf &&
       systemctl daemon-reload && systemctl restart named`,
    );
    const old = await state(host);
    const dropIns = Object.entries({ '05-old': { LimitCORE: '0' }, '10-old': { UMask: '0077' } }).map(
      ([name, Service]) => ({ systemd_dropin: { unit: 'named.service', name, settings: { Service } } }),
    );
    expect(await confine(['apply', playbook(dropIns), ...onHost])).toMatchObject({ code: 0 });
    const committed = await state(host);
    await on(
      host,
      'head -c 9000000 /dev/zero >/mnt/small/filler 2>/dev/null; truncate -s -140000 /mnt/small/filler',
    );
    const full = await undo();
    expect(full.stderr).toMatch(/refused: cannot stage the old .*10-old\.conf/);
    expect(full.code).toBe(2);
    expect(await endOf(host)).toMatchObject({ state: committed, left: [], outcome: 'committed' });
    await on(host, 'rm /mnt/small/filler');
    expect(await undo()).toMatchObject({ code: 0 });
    expect(await state(host)).toBe(old);
  } finally {
    await on(host, 'umount /etc/systemd/system /var/lib/confine /mnt/small; systemctl daemon-reload');
  }
});
