import { beforeAll, expect, it } from 'vitest';
import type { ContainerHandle } from '../../src/lab/hosts.ts';
import { untilOnHost } from '../../src/lab/ssh.ts';
import { sleep } from '../../src/lab/run.ts';
import { afresh, apply, endOf, type End, plans, startApply, state, wrong } from '../support/contained.ts';
import { containers, on } from '../support/lab.ts';
import { stepsOf } from '../support/power.ts';
import { seeded } from '../support/seeded.ts';
import type { Running } from '../support/confine.ts';
import { actions, unpointed } from '../support/points.ts';
import { some } from '../support/share.ts';
import { spread } from '../support/spread.ts';
import { sweep } from '../support/sweep.ts';

let hosts: readonly ContainerHandle[];
beforeAll(async () => {
  hosts = await containers(['c1', 'c2', 'c3', 'c4']);
  return () => Promise.all(hosts.map(unpointed)).then(() => {});
});

it.each([
  ['killed', 'goesThrough'],
  ['killed', 'isUndone'],
  ['fails', 'goesThrough'],
  ['fails', 'isUndone'],
] as const)(
  'at each command of the supervisor (%s, %s) the host finishes alone, and says what is true',
  async (action, plan) => {
    expect(await sweep(hosts, { what: action, plan, action: actions[action] })).toEqual([]);
  },
);

/** Waits for a step of a run; false where it ended without. */
async function until(running: Running, step: string): Promise<boolean> {
  const end = { seen: false };
  void running.ended.then(() => (end.seen = true));
  while (!end.seen && !stepsOf(running.said()).includes(step)) await sleep(0.005);
  return !end.seen;
}

/** Kills a process, unless it had come to its end by itself. */
function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** What a second run says of the first; the host has it until then. */
async function fetched(
  host: ContainerHandle,
  where: string,
  plan: string,
  end: End,
): Promise<readonly string[]> {
  const told = await on(host, 'ls /var/lib/confine/transactions/*/told 2>/dev/null || true');
  const again = await apply(host, plan);
  const said = /an earlier run .* ended at \S+: (changed|undone)/.exec(again.stderr)?.[1] ?? 'none';
  const is = end.outcome === 'committed' ? 'changed' : end.outcome;
  return said === (told === '' ? is : 'none')
    ? []
    : [`${where}: ${end.outcome}, and the next run says ${said}`];
}

it('the controller is killed at each step and at 50 instants: the host finishes alone, and the next run says how', async () => {
  let steps: readonly string[] = [];
  let seconds = 0;
  const learn = async (host: ContainerHandle) => {
    await afresh(host);
    const old = await state(host);
    const began = performance.now();
    const whole = startApply(host, plans.goesThrough);
    expect((await whole.ended).code).toBe(0);
    seconds = Math.max(seconds, (performance.now() - began) / 1000);
    steps = [...new Set(stepsOf(whole.said()))];
    return { old, new: (await endOf(host)).state };
  };
  const known = new Map(await Promise.all(hosts.map(async (host) => [host, await learn(host)] as const)));
  const random = seeded(4);
  const instants: readonly (string | number)[] = [
    ...steps,
    ...Array.from({ length: 50 }, () => random() * seconds),
  ];
  const outcomes: Record<string, number> = {};
  const tried = some(instants);
  const faults = await spread(hosts, tried, async (host, [, instant]) => {
    await afresh(host);
    const running = startApply(host, plans.goesThrough);
    await (typeof instant === 'string' ? until(running, instant) : sleep(instant));
    kill(running.pid);
    await running.ended;
    const end = await endOf(host);
    outcomes[end.outcome] = (outcomes[end.outcome] ?? 0) + 1;
    const where = `controller killed at ${instant}`;
    const states = known.get(host) ?? { old: '', new: '' };
    return [...wrong(where, end, states, 'gone'), ...(await fetched(host, where, plans.goesThrough, end))];
  });
  process.stdout.write(
    `controller killed at ${tried.length} of ${instants.length} instants: ${JSON.stringify(outcomes)}\n`,
  );
  expect(faults.flat()).toEqual([]);
});

it('sshd stops in the middle: the host finishes alone', async () => {
  const [host] = hosts;
  if (!host) throw new Error('no host');
  await afresh(host);
  const running = startApply(host, plans.goesThrough);
  expect(await until(running, 'staging')).toBe(true);
  await host.run(
    "systemd-run --quiet --on-active=15 systemctl start ssh; systemctl stop ssh; pkill -KILL -f '^sshd:'",
  );
  const { code, stdout } = await running.ended;
  expect(code).not.toBe(0);
  expect(stdout).toContain('what has begun there finishes by itself');
  await untilOnHost(host.access, 120, 'true');
  const end = await endOf(host);
  expect(end.outcome).toBe('committed');
  expect(await fetched(host, 'sshd stopped', plans.goesThrough, end)).toEqual([]);
});
