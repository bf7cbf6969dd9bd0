import { dump } from 'js-yaml';
import { beforeEach, expect, it } from 'vitest';
import type { ContainerHandle } from '../../src/lab/hosts.ts';
import { confine, scratch, type Ran } from '../support/confine.ts';
import { containers, fingerprint, labInventory, on } from '../support/lab.ts';

const names = ['c1', 'c2', 'c3'] as const;
let hosts: readonly ContainerHandle[];
let server: string;

beforeEach(async () => {
  hosts = await containers(names);
  const [first] = hosts;
  if (first) server = await on(first, 'dig +short @127.0.0.1 example.test NS');
});

/** Restarts all three at once if it may; their named takes two seconds to start. */
function apply(vars: Readonly<Record<string, object>>): Promise<Ran> {
  const Service = { NoNewPrivileges: true, ExecStartPre: '/bin/sleep 2' };
  const task = { systemd_dropin: { unit: 'named.service', name: '50-confine', settings: { Service } } };
  const book = scratch('spare.yml', dump([{ hosts: names.join(','), become: true, tasks: [task] }]));
  const ours = scratch('servers.yml', dump({ all: { hosts: vars } }));
  return confine(['apply', book, '-i', labInventory(), '-i', ours, '--yes']);
}

/** When named of each host was away, by the one clock that all containers have. */
const away = (): Promise<readonly { readonly from: number; readonly to: number }[]> =>
  Promise.all(
    hosts.map(async (host) => {
      const times = 'ActiveExitTimestampMonotonic,ActiveEnterTimestampMonotonic';
      const said = await on(host, `systemctl show -p ${times} named`);
      const at = (name: string) =>
        Number(new RegExp(`^${name}TimestampMonotonic=(\\d+)$`, 'm').exec(said)?.[1]);
      return { from: at('ActiveExit'), to: at('ActiveEnter') };
    }),
  );

/** Whether the first and the second host of a zone were away at the same time, and the third with one of them. */
async function together(): Promise<{ readonly servers: boolean; readonly other: boolean }> {
  const [a, b, c] = await away();
  const meet = (x: typeof a, y: typeof a) =>
    x !== undefined && y !== undefined && x.from < y.to && y.from < x.to;
  return { servers: meet(a, b), other: meet(a, c) || meet(b, c) };
}

it('two servers of a zone are never away at once, and other hosts do not wait for them', async () => {
  const ran = await apply({ c1: { ns_names: server }, c2: { ns_names: [server] } });
  expect(ran.stderr).toContain('3 changed and healthy');
  expect(await together()).toEqual({ servers: false, other: true });
});

it('as many are away at once as the inventory says, which this test would see', async () => {
  const two = { ns_names: server, max_unavailable: 2 };
  const ran = await apply({ c1: two, c2: two });
  expect(ran.code).toBe(0);
  expect(await together()).toEqual({ servers: true, other: true });
});

it('a host stays as it is where the other server of its zone can’t be reached', async () => {
  const [first] = hosts as [ContainerHandle];
  const before = await fingerprint(first);
  const ran = await apply({ c1: { ns_names: server }, c2: { ns_names: server, ansible_port: 9 } });
  expect(ran.stderr).toContain('c3: changed, DNS answers');
  expect(ran.stderr).toContain(
    'c1: refused: a restart would take it from its zones: zone example.test can spare 1 of its servers at once, and not available are c2',
  );
  expect(ran.code).toBe(6);
  expect(await fingerprint(first)).toBe(before);
});

it('a number of servers that is none is rejected before any host is asked', async () => {
  const ran = await apply({ c1: { max_unavailable: 0 } });
  expect(ran.stderr).toMatch(/servers\.yml:\d+:\d+: "max_unavailable" must be a whole number from 1 on/);
  expect(ran.code).toBe(3);
});
