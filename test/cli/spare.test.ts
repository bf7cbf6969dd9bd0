import { expect, it } from 'vitest';
import { HostName } from '../../src/brand.ts';
import type { HostOutcome } from '../../src/events.ts';
import type { Work } from '../../src/fleet/approval.ts';
import { inTurn } from '../../src/fleet/fleet.ts';
import { spareOf, zonesUnknown, type Serves, type Spare } from '../../src/fleet/spare.ts';
import { unknown, value } from '../../src/observe/observation.ts';

const [a, b, c] = ['a', 'b', 'c'].map((it) => HostName.parse(it)) as [HostName, HostName, HostName];

/** A server of these zones, each of which has these names in its NS set. */
const serves = (zones: Readonly<Record<string, readonly string[]>>): Serves => ({
  zones: value(
    Object.entries(zones).map(([name, servers]) => ({
      name,
      role: 'secondary' as const,
      servers: servers.map((server) => ({ name: server, addresses: [] })),
    })),
  ),
  addresses: [],
});

function server(host: HostName, seen: Serves | undefined, maxUnavailable = 1) {
  const vars = { names: () => [], has: () => false, get: () => undefined, at: () => undefined };
  const it: Work = {
    host,
    plays: [],
    groups: [],
    vars,
    tasks: [],
    excluded: [],
    become: true,
    availability: { names: [host], foreign: [], maxUnavailable },
  };
  return { it, serves: seen };
}

const x = serves({ 'x.test': ['a', 'b', 'ns.provider.test'] });
const pair = (ended = new Map<HostName, HostOutcome>()): Spare =>
  spareOf([server(a, x), server(b, x), server(c, serves({ 'y.test': ['c'] }))], ended);

it('a server waits for the other one of its zone, for no other host, and for nobody that is not in the run', () => {
  const spare = pair();
  expect([a, b, c].map(spare.against)).toEqual([undefined, undefined, undefined]);
  spare.leave(a);
  expect([a, b, c].map(spare.against)).toEqual([
    undefined,
    'zone x.test can spare 1 of its servers at once, and not available are a',
    undefined,
  ]);
  spare.back(a, { is: 'committed' });
  expect(spare.against(b)).toBeUndefined();
});

it.each<HostOutcome>([
  { is: 'unhealthy', reason: 'no DNS', log: [] },
  { is: 'unknown', reason: 'the connection was lost', hint: undefined },
  { is: 'unreachable', failure: 'refused', reason: 'refused', hint: undefined },
])('who ends $is is not back: the other server stays', (outcome) => {
  const spare = pair();
  spare.leave(a);
  spare.back(a, outcome);
  expect(spare.against(b)).toMatch(/not available are a$/);
  expect(pair(new Map([[a, outcome]])).against(b)).toMatch(/not available are a$/);
});

it.each<HostOutcome>([
  { is: 'undone', reason: 'no DNS', log: [] },
  { is: 'refused', reason: 'a conflict', hint: undefined },
  { is: 'in-sync' },
])('who ends $is answers as before', (outcome) => {
  const spare = pair();
  spare.leave(a);
  spare.back(a, outcome);
  expect(spare.against(b)).toBeUndefined();
  expect(pair(new Map([[a, outcome]])).against(b)).toBeUndefined();
});

it('the smallest number of a zone’s hosts counts, and each host behind an anycast name', () => {
  const any = serves({ 'x.test': ['any'] });
  const all = [a, b, c].map((host) => server(host, any, host === a ? 3 : 2));
  const spare = spareOf(
    all.map(({ it, serves: seen }) => ({
      it: { ...it, availability: it.availability && { ...it.availability, names: ['any'] } },
      serves: seen,
    })),
    new Map(),
  );
  spare.leave(a);
  expect(spare.against(b)).toBeUndefined();
  spare.leave(b);
  expect(spare.against(c)).toBe(
    'zone x.test can spare 2 of its servers at once, and not available are a, b; any is anycast',
  );
});

it('a zone with one server can spare it: there is nobody to wait for', () => {
  expect(spareOf([server(a, serves({ 'x.test': ['a'] }))], new Map()).against(a)).toBeUndefined();
});

it('a host whose zones can’t be told says so, and waits for nobody', () => {
  expect(zonesUnknown({ zones: unknown('no answer'), addresses: [] })).toBe(
    'its zones are not known: no answer, so it does not wait for other servers of its zones',
  );
  expect(zonesUnknown(serves({ 'x.test': [] }))).toBe(
    'the NS set of zone x.test is not known, so it does not wait for other servers of its zones',
  );
  expect(zonesUnknown(x)).toBeUndefined();
});

/** Visits until each visit is let go of, and notes begins and ends. */
async function visits(forks: number, hosts: readonly HostName[], spare: Spare): Promise<readonly string[]> {
  const log: string[] = [];
  await inTurn({ forks }, hosts, spare.against, async (host, short) => {
    if (short !== undefined) return void log.push(`${host} left: ${short}`);
    spare.leave(host);
    log.push(`${host} begins`);
    await Promise.resolve();
    log.push(`${host} ends`);
    spare.back(host, { is: 'committed' });
  });
  return log;
}

it('who must wait keeps no place from those behind it', async () => {
  expect(await visits(2, [a, b, c], pair())).toEqual([
    'a begins',
    'c begins',
    'a ends',
    'c ends',
    'b begins',
    'b ends',
  ]);
  expect(await visits(1, [a, b, c], pair())).toEqual([
    'a begins',
    'a ends',
    'b begins',
    'b ends',
    'c begins',
    'c ends',
  ]);
});

it('who would wait for ever is visited with the reason', async () => {
  const gone = new Map<HostName, HostOutcome>([
    [a, { is: 'unreachable', failure: 'refused', reason: 'refused', hint: undefined }],
  ]);
  const log = await visits(5, [b, c], pair(gone));
  expect(log.slice(0, 2)).toEqual(['c begins', 'c ends']);
  expect(log.slice(2)).toEqual([
    'b left: zone x.test can spare 1 of its servers at once, and not available are a',
  ]);
});

it('a visit that throws ends the run', async () => {
  const visit = (host: HostName) => (host === a ? Promise.reject(new Error('a defect')) : Promise.resolve());
  await expect(inTurn({ forks: 1 }, [a, b], () => undefined, visit)).rejects.toThrow('a defect');
});
