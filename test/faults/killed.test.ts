import { beforeAll, expect, it } from 'vitest';
import type { ContainerHandle } from '../../src/lab/hosts.ts';
import { untilOnHost } from '../../src/lab/ssh.ts';
import { sleep } from '../../src/lab/run.ts';
import { afresh, apply, endOf, type End, plans, startApply, state, wrong } from '../support/contained.ts';
import { containers, on } from '../support/lab.ts';
import { stepsOf } from '../support/power.ts';
import { seeded } from '../support/seeded.ts';
import type { Running } from '../support/confine.ts';
import { actions, at, pointed, points, some, unpointed } from '../support/points.ts';

let host: ContainerHandle;
beforeAll(async () => {
  [host] = (await containers(['c1'])) as [ContainerHandle];
  return () => unpointed(host).then(() => {});
});

it.each([
  ['killed', 'goesThrough', 0],
  ['killed', 'isUndone', 7],
  ['fails', 'goesThrough', 0],
  ['fails', 'isUndone', 7],
] as const)(
  'the supervisor is %s before each of its commands (%s): the host finishes alone, and says what is true',
  async (action, plan, code) => {
    await afresh(host);
    const old = await state(host);
    await pointed(host);
    await at(host, 0, actions.nothing);
    expect((await apply(host, plans[plan])).code).toBe(code);
    const done = await endOf(host);
    const all = await points(host);
    const tried = some(all);
    const faults: string[] = [];
    for (const [i, command] of tried) {
      await afresh(host);
      await at(host, i + 1, actions[action]);
      const ran = await apply(host, plans[plan]);
      const found = wrong(
        `${action} before ${i + 1}: ${command}`,
        await endOf(host),
        { old, new: done.state },
        ran.code,
      );
      if (found.length > 0) faults.push(...found, ran.stderr);
    }
    process.stdout.write(
      `${action} at ${tried.length} of ${all.length} commands (${plan}): ${faults.length} faults\n`,
    );
    expect(faults).toEqual([]);
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
async function fetched(where: string, plan: string, end: End): Promise<readonly string[]> {
  const told = await on(host, 'ls /var/lib/confine/transactions/*/told 2>/dev/null || true');
  const again = await apply(host, plan);
  const said =
    /transaction \S+ by \S+.* ended without its controller, at \S+: (\w+)/.exec(again.stderr)?.[1] ?? 'none';
  return said === (told === '' ? end.outcome : 'none')
    ? []
    : [`${where}: ${end.outcome}, and the next run says ${said}`];
}

it('the controller is killed at each step and at 50 instants: the host finishes alone, and the next run says how', async () => {
  await afresh(host);
  const old = await state(host);
  const began = performance.now();
  const whole = startApply(host, plans.goesThrough);
  expect((await whole.ended).code).toBe(0);
  const seconds = (performance.now() - began) / 1000;
  const { state: done } = await endOf(host);
  const random = seeded(4);
  const instants: readonly (string | number)[] = [
    ...new Set(stepsOf(whole.said())),
    ...Array.from({ length: 50 }, () => random() * seconds),
  ];
  const faults: string[] = [];
  const outcomes: Record<string, number> = {};
  const tried = some(instants);
  for (const [, instant] of tried) {
    await afresh(host);
    const running = startApply(host, plans.goesThrough);
    await (typeof instant === 'string' ? until(running, instant) : sleep(instant));
    kill(running.pid);
    await running.ended;
    const end = await endOf(host);
    outcomes[end.outcome] = (outcomes[end.outcome] ?? 0) + 1;
    const where = `controller killed at ${instant}`;
    faults.push(
      ...wrong(where, end, { old, new: done }, 'gone'),
      ...(await fetched(where, plans.goesThrough, end)),
    );
  }
  process.stdout.write(
    `controller killed at ${tried.length} of ${instants.length} instants: ${JSON.stringify(outcomes)}\n`,
  );
  expect(faults).toEqual([]);
});

it('sshd stops in the middle: the host finishes alone', async () => {
  await afresh(host);
  const running = startApply(host, plans.goesThrough);
  expect(await until(running, 'staging')).toBe(true);
  await host.run(
    "systemd-run --quiet --on-active=15 systemctl start ssh; systemctl stop ssh; pkill -KILL -f '^sshd:'",
  );
  const { code, stdout } = await running.ended;
  expect(code).not.toBe(0);
  expect(stdout).toContain('the host finishes by itself and keeps its outcome');
  await untilOnHost(host.access, 120, 'true');
  const end = await endOf(host);
  expect(end.outcome).toBe('committed');
  expect(await fetched('sshd stopped', plans.goesThrough, end)).toEqual([]);
});
