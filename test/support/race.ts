import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerHandle } from '../../src/lab/hosts.ts';
import { confine, type Ran } from './confine.ts';
import { labInventory } from './lab.ts';
import { atRest, bookOf, bring, states, unsound, type Kept, type State } from './rounds.ts';

/** How a round of controllers that race for one host went. */
export interface Race {
  readonly ends: readonly Ending[];
  readonly state: State | 'mixed';
  readonly wrong: readonly string[];
}

/** How a racer can end: it changed the host, was locked out, or had seen what is no more. */
export const endings = ['changed', 'locked', 'seen too early', 'something else'] as const;
export type Ending = (typeof endings)[number];

const holder = /locked by \S+@\S+.* since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/;

function endingOf({ code, stderr }: Ran): Ending {
  if (code === 0 && stderr.includes('changed, DNS answers')) return 'changed';
  if (code === 8 && holder.test(stderr)) return 'locked';
  return code === 2 && stderr.includes('has changed since it was observed')
    ? 'seen too early'
    : 'something else';
}

/**
 * Has controllers race for a host, some times over: at the very same time, and in every other round within two seconds,
 * so that some come when another one is through.
 * @param random numbers from 0 to below 1
 */
export async function races(
  host: ContainerHandle,
  racers: number,
  rounds: number,
  random: () => number,
): Promise<readonly Race[]> {
  const done: Race[] = [];
  await bring(host, 0);
  for (let i = 0; i < rounds; i += 1) {
    const state = done.at(-1)?.state ?? 0;
    if (state === 'mixed') break;
    const delays = Array.from({ length: racers }, () => (i % 2) * random() * 2000);
    done.push(await race(host, state, delays));
  }
  return done;
}

/**
 * Starts controllers, each with a state of its own; none with the state that the host has.
 * @param from the state that it has
 * @param delays milliseconds until each of them starts
 */
async function race(host: ContainerHandle, from: State, delays: readonly number[]): Promise<Race> {
  const before = await atRest(host);
  const asked = states.filter((it) => it !== from).slice(0, delays.length);
  const runs = await Promise.all(
    asked.map(async (it, i) => {
      await sleep(delays[i]);
      return confine(['apply', bookOf(it), '-i', labInventory(), '-l', host.name, '--yes']);
    }),
  );
  const then = await atRest(host);
  const ends = runs.map(endingOf);
  const known = new Set(before.kept.map(({ id }) => id));
  const fresh = then.kept.filter(({ id }) => !known.has(id));
  const winners = asked.filter((_, i) => ends[i] === 'changed');
  return {
    ends,
    state: then.state,
    wrong: [
      ...unsound(then),
      ...runs.flatMap((ran, i) =>
        ends[i] === 'something else' ? [`exit ${ran.code}: ${ran.stderr.trim()}`] : [],
      ),
      ...(winners.some((it) => it === then.state)
        ? []
        : [
            `the host is in state ${then.state}, and who changed it had asked for ${winners.join(', ') || 'nothing'}`,
          ]),
      ...lost(fresh, winners.length),
    ],
  };
}

/** Outcomes that are not those of who was told "changed". */
function lost(fresh: readonly Kept[], changed: number): readonly string[] {
  const committed = fresh.filter(({ outcome }) => outcome === 'committed').length;
  return [
    ...(committed === changed
      ? []
      : [`${committed} transactions were committed, ${changed} controllers heard so`]),
    ...fresh.flatMap(({ id, outcome, told }) =>
      told && outcome === 'committed' ? [] : [`${id} is kept as ${outcome}, ${told ? '' : 'not '}told`],
    ),
  ];
}
