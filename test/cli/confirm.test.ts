import { expect, it } from 'vitest';
import { HostName } from '../../src/brand.ts';
import { confirmation, standing, type Outside } from '../../src/fleet/confirm.ts';
import { until } from '../../src/lab/run.ts';
import { TransportError, type Connection } from '../../src/transport/transport.ts';
import { localTarget } from '../support/targets.ts';

const peer = { ...localTarget(), host: HostName.parse('ns9') };
const outside: Outside = { within: 30, address: '192.0.2.1', peer, target: localTarget() };
const zones = [{ zone: 'a.test', serials: { udp: 1, tcp: 1 } }];
const seen = 'udp\ta.test.\t1\ntcp\ta.test.\t1\n';
const unseen = 'udp\t*\t-\ttimed out\n';
const taken = 'acknowledged\t\n';

const says = (host: string, stdout: string, code = 0): Connection => ({
  host: HostName.parse(host),
  run: async () => ({
    status: { is: 'exited', code },
    stdout: Buffer.from(stdout),
    stderr: Buffer.alloc(0),
  }),
  close: async () => {},
});

/** Connections that answer as given, one after the other: those to the peer, and those to the host. */
function transportOf(answers: Readonly<Record<'ns9' | 'here', readonly string[]>>) {
  const left = { ns9: [...answers.ns9], here: [...answers.here] };
  return {
    left,
    connect: async ({ host }: { readonly host: string }) => {
      const answer = left[host === 'ns9' ? 'ns9' : 'here'].shift();
      if (answer === undefined) throw new TransportError(HostName.parse(host), 'unreachable', 'gone');
      return says(host, answer);
    },
  };
}

async function run(answers: Parameters<typeof transportOf>[0]) {
  const transport = transportOf(answers);
  const it = confirmation(transport, outside, zones, 'id', () => {});
  it.begin('nonce');
  expect(await until(10, async () => transport.left.ns9.length + transport.left.here.length === 0)).toBe(
    true,
  );
  // What the last answer means is known a turn of the loop later.
  await new Promise((resolve) => setImmediate(resolve));
  return it.end();
}

it('gives the host its word once outside sees what it saw before', async () => {
  expect(await run({ ns9: [unseen, seen], here: [taken] })).toBeUndefined();
});

it('knows what was missing, also where the host has undone meanwhile and all is seen again', async () => {
  const refused = 'refused\tthe transaction does not wait for it: it is undone\n';
  expect(await run({ ns9: [unseen, seen], here: [refused] })).toBe('from ns9: a.test over udp: timed out');
  expect(await run({ ns9: [seen], here: [refused] })).toMatch(/does not wait for it/);
});

it('a host that does not say which zones answer, and a peer that is gone, are refused', async () => {
  const { connect } = transportOf({ ns9: [], here: [] });
  const watch = ['named.service'];
  expect(await standing({ connect }, says('ns1', '', 1), { watch }, outside)).toMatchObject({
    is: 'refused',
  });
  expect(await standing({ connect }, says('ns1', 'a.test\n'), { watch }, outside)).toMatchObject({
    is: 'refused',
    reason: expect.stringContaining('ns9'),
  });
});

it('a zone that outside does not see is told, and one that nobody answers leaves the fresh connection', async () => {
  const transport = transportOf({ ns9: [seen], here: [] });
  const watch = ['named.service'];
  expect(await standing(transport, says('ns1', 'a.test\nb.test\n'), { watch }, outside)).toEqual({
    is: 'seen',
    zones,
    warning: 'from ns9 not seen, and not confirmed: b.test over udp: no answer',
  });
  expect(await standing(transport, says('ns1', ''), { watch }, outside)).toMatchObject({
    is: 'seen',
    zones: [],
  });
});
