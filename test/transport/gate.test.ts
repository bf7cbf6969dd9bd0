import { expect, it } from 'vitest';

import { HostName } from '../../src/brand.ts';
import { createBecomeGate } from '../../src/transport/gate.ts';
import type { BecomeGate, Turn } from '../../src/transport/gate.ts';
import { Secret } from '../../src/secret.ts';

const hosts = ['ns1', 'ns2', 'ns3'].map((name) => HostName.parse(name));
const [ns1, ns2, ns3] = hosts;
if (ns1 === undefined || ns2 === undefined || ns3 === undefined) throw new Error('three hosts');

/** All hosts ask at once; `turns` fills as they get theirs. */
function askAll(
  gate: BecomeGate,
  password: string,
): { readonly turns: Map<HostName, Turn>; readonly settled: () => Promise<void> } {
  const turns = new Map<HostName, Turn>();
  for (const host of hosts) void gate.ask(host, new Secret(password)).then((turn) => turns.set(host, turn));
  return { turns, settled: () => new Promise((resolve) => setImmediate(resolve)) };
}

function settle(turn: Turn | undefined, verdict: 'accepted' | 'rejected' | 'unknown'): void {
  if (turn?.is !== 'try') throw new Error('no turn');
  turn.settle(verdict);
}

it('one host tries, the others wait, and all go on once it was right', async () => {
  const { turns, settled } = askAll(createBecomeGate(), 'right');
  await settled();
  expect([...turns.keys()]).toEqual([ns1]);
  settle(turns.get(ns1), 'accepted');
  await settled();
  expect([...turns.values()].map((turn) => turn.is)).toEqual(['try', 'try', 'try']);
});

it('nobody tries a password that was wrong', async () => {
  const gate = createBecomeGate();
  const { turns, settled } = askAll(gate, 'wrong');
  await settled();
  settle(turns.get(ns1), 'rejected');
  await settled();
  expect(turns.get(ns2)).toEqual({ is: 'rejected', by: ns1 });
  expect(turns.get(ns3)).toEqual({ is: 'rejected', by: ns1 });
  expect(await gate.ask(ns2, new Secret('another'))).toMatchObject({ is: 'try' });
});

it('the next host tries when the first was lost before sudo answered', async () => {
  const { turns, settled } = askAll(createBecomeGate(), 'right');
  await settled();
  settle(turns.get(ns1), 'unknown');
  await settled();
  expect([...turns.keys()]).toEqual([ns1, ns2]);
  settle(turns.get(ns2), 'rejected');
  await settled();
  expect(turns.get(ns3)).toEqual({ is: 'rejected', by: ns2 });
});

it('a later rejection stops the rest too', async () => {
  const gate = createBecomeGate();
  const password = new Secret('right here only');
  settle(await gate.ask(ns1, password), 'accepted');
  settle(await gate.ask(ns2, password), 'rejected');
  expect(await gate.ask(ns3, password)).toEqual({ is: 'rejected', by: ns2 });
});
