import type { ContainerHandle } from '../../src/lab/hosts.ts';
import { afresh, apply, type End, endOf, plans, state, wrong } from './contained.ts';
import { actions, at, pointed, points, reached, unpointed } from './points.ts';
import { some } from './share.ts';
import { spread } from './spread.ts';

/** What is done at each command of a supervisor, and how. */
export interface Sweep {
  /** As the figures name it. */
  readonly what: string;
  readonly plan: keyof typeof plans;
  /** What happens at the command, as shell. */
  readonly action: string;
  /** Makes room for a round. */
  readonly before?: (host: ContainerHandle) => Promise<unknown>;
  /** Applies the plan, and gives the exit code where that can be true. */
  readonly run?: (host: ContainerHandle, plan: string) => Promise<number | null | 'gone'>;
  /** What a host passes through before it is looked at first, when no point was met. */
  readonly settle?: (host: ContainerHandle) => Promise<unknown>;
  /** The outcomes that there may be; any, where the host says what is so. */
  readonly truths?: readonly string[];
}

/** What one host is before a plan and after it, and the commands by which its supervisor gets there. */
interface Known {
  readonly old: string;
  readonly new: string;
  readonly commands: readonly string[];
}

/**
 * Breaks the supervisors of a plan before each of their commands, or as many of them as FAULTS_EVERY says, on several
 * hosts at once. Prints how many, and how they ended; gives what was wrong.
 */
export async function sweep(
  hosts: readonly ContainerHandle[],
  { what, plan, action, before = nothing, run = exitOf, settle = nothing, truths }: Sweep,
): Promise<readonly string[]> {
  const learn = async (host: ContainerHandle): Promise<Known> => {
    await pointed(host);
    await afresh(host);
    await settle(host);
    const old = await state(host);
    await at(host, 0, actions.nothing);
    const { code, stderr } = await apply(host, plans[plan]);
    if (code !== 0 && code !== 7)
      throw new Error(`${host.name}, with nothing broken: exit ${code}: ${stderr}`);
    const commands = await points(host);
    await settle(host);
    return { old, new: (await endOf(host)).state, commands };
  };
  const known = new Map(await Promise.all(hosts.map(async (host) => [host, await learn(host)] as const)));
  const commands = [...known.values()][0]?.commands ?? [];
  const asItWas = new Set<ContainerHandle>();
  const ends: End[] = [];
  let met = 0;
  const faults = await spread(hosts, some(commands), async (host, [i, command]) => {
    const states = known.get(host) ?? { old: '', new: '' };
    await before(host);
    // Who is as it was, process and all, needs no restart.
    if (!asItWas.has(host)) await afresh(host);
    await at(host, i + 1, action);
    const code = await run(host, plans[plan]);
    const end = await endOf(host);
    ends.push(end);
    if (await reached(host)) met += 1;
    if (end.state === states.old) asItWas.add(host);
    else asItWas.delete(host);
    const where = `${what} before ${i + 1}: ${command}`;
    const lie = truths?.includes(end.outcome) === false ? [`${where}: ${end.outcome}`] : [];
    return [...wrong(where, end, states, code), ...lie];
  });
  await Promise.all(hosts.map(unpointed));
  const counts: Record<string, number> = {};
  for (const { outcome } of ends) counts[outcome] = (counts[outcome] ?? 0) + 1;
  process.stdout.write(
    `${what} at ${met} of ${commands.length} commands (${plan}): ${JSON.stringify(counts)}, ${faults.flat().length} faults\n`,
  );
  return [...faults.flat(), ...(met > 0 ? [] : ['no command was met'])];
}

const nothing = async () => {};
const exitOf = async (host: ContainerHandle, plan: string) => (await apply(host, plan)).code;
