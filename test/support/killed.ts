import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerHandle } from '../../src/lab/hosts.ts';
import { startConfine } from './confine.ts';
import { labInventory } from './lab.ts';
import { atRest, bookOf, inTurns, nextApply, unsound, type State } from './rounds.ts';
import type { Round } from './wire.ts';

/**
 * Kills controllers with SIGKILL in the middle of applies, on several hosts at once.
 * @param random numbers from 0 to below 1; each is an instant between the start of an apply and its usual end
 */
export async function killRounds(
  hosts: readonly ContainerHandle[],
  count: number,
  random: () => number,
): Promise<readonly Round[]> {
  const instants = Array.from({ length: count }, random);
  // How long an apply takes here and now, with as many at once.
  let usual = 0;
  await inTurns(hosts, hosts, async (host, _, __, to) => {
    const began = performance.now();
    await startConfine(args(host, to)).ended;
    usual = Math.max(usual, performance.now() - began);
  });
  return inTurns(hosts, instants, (host, instant, from, to) => killRound(host, instant * usual, from, to));
}

const args = (host: ContainerHandle, to: State) => [
  'apply',
  bookOf(to),
  '-i',
  labInventory(),
  '-l',
  host.name,
  '--yes',
];

async function killRound(host: ContainerHandle, delay: number, from: State, to: State): Promise<Round> {
  const running = startConfine(args(host, to));
  const first = await Promise.race([sleep(delay, 'alive' as const), running.ended]);
  if (first === 'alive') process.kill(running.pid, 'SIGKILL');
  const { code, stderr } = await running.ended;
  const then = await atRest(host);
  const end = then.state === to ? 'new' : then.state === from ? 'old' : 'mixed';
  const said = stderr.includes('changed, DNS answers');
  return {
    was: first === 'alive' ? 'cut' : 'not cut',
    cut: undefined,
    exit: code,
    end,
    noticed: 0,
    rested: then.seconds,
    wrong: [
      ...unsound(then),
      ...(said && end !== 'new' ? [`it had said that the host is changed, and it is ${end}`] : []),
      ...(await nextApply(host, to, then)),
    ],
  };
}
