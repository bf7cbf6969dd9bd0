import type { ContainerHandle } from '../../src/lab/hosts.ts';
import { confine } from './confine.ts';
import { startProxy, type Cut, type End } from './faults.ts';
import { atRest, bookOf, inventoryAt, inTurns, nextApply, unsound, untrue, type State } from './rounds.ts';

/** Bytes that an end sends in an apply, and how many of them come before the host begins to change. */
export type Length = Readonly<Record<End, { readonly look: number; readonly whole: number }>>;

/** How a round went in which an apply was disturbed. */
export interface Round {
  /** The conversation may have ended before it was disturbed. */
  readonly was: 'cut' | 'not cut';
  readonly cut: Cut | undefined;
  readonly exit: number | null;
  readonly end: 'new' | 'old' | 'mixed';
  /** Seconds from the disturbance until the command ended. */
  readonly noticed: number;
  /** Seconds from the end of the command until the host was seen at rest. */
  readonly rested: number;
  readonly wrong: readonly string[];
}

/** Measures a conversation: a plan, then an apply that changes the host to a state. */
export async function conversation(host: ContainerHandle, to: State): Promise<Length> {
  type Passed = (sent: Readonly<Record<End, number>>) => void;
  const measure = async (onPassed: Passed, ...args: readonly string[]) => {
    const proxy = await startProxy(host.access.port, { host: host.access.address, onPassed });
    await confine([...args, bookOf(to), '-i', inventoryAt(host, proxy.port)]);
    await proxy.close();
    return proxy.sent;
  };
  const look = (await measure(() => {}, 'plan'))('client');
  // What the server had sent when the client began with more than a look: all of its answer.
  let answer = 0;
  const note: Passed = (sent) => {
    if (answer === 0 && sent.client > look + 1000) answer = sent.server;
  };
  const whole = await measure(note, 'apply', '--yes');
  return { client: { look, whole: whole('client') }, server: { look: answer, whole: whole('server') } };
}

/** Cuts the connections of applies, on several hosts at once. */
export const cutRounds = (
  hosts: readonly ContainerHandle[],
  cuts: readonly Cut[],
): Promise<readonly Round[]> => inTurns(hosts, cuts, cutRound);

/** Applies a state by a connection that is cut, looks what became of the host, and applies again by one that is not. */
async function cutRound(host: ContainerHandle, cut: Cut, from: State, to: State): Promise<Round> {
  let at: number | undefined;
  const onCut = () => void (at ??= performance.now());
  const proxy = await startProxy(host.access.port, { host: host.access.address, cut, onCut });
  const ran = await confine(['apply', bookOf(to), '-i', inventoryAt(host, proxy.port), '--yes']);
  const noticed = at === undefined ? 0 : (performance.now() - at) / 1000;
  const then = await atRest(host);
  await proxy.close();
  return {
    was: at === undefined ? 'not cut' : 'cut',
    cut,
    exit: ran.code,
    end: then.state === to ? 'new' : then.state === from ? 'old' : 'mixed',
    noticed,
    rested: then.seconds,
    wrong: [...unsound(then), ...untrue(ran, from, to, then), ...(await nextApply(host, to, then))],
  };
}

/**
 * Places to cut at, two of three in what the host says: a quarter in the login and the look, the rest behind them.
 * @param random numbers from 0 to below 1
 */
export function placesToCut(length: Length, count: number, random: () => number): readonly Cut[] {
  const hows = ['reset', 'end', 'dark'] as const;
  return Array.from({ length: count }, (_, i) => {
    const from: End = i % 3 === 0 ? 'client' : 'server';
    const { look, whole } = length[from];
    const bytes = Math.floor(i % 4 === 0 ? random() * look : look + random() * (whole - look));
    return { from, bytes, how: hows[Math.floor(i / 3) % 3] ?? 'reset' };
  });
}
