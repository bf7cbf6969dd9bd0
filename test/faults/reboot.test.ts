import { beforeAll, expect, it } from 'vitest';
import type { ContainerHandle } from '../../src/lab/hosts.ts';
import { afresh, endOf, plans, startApply, state, wrong } from '../support/contained.ts';
import { containers, on } from '../support/lab.ts';
import { actions, at, pointed, points, some, unpointed } from '../support/points.ts';

let host: ContainerHandle;
beforeAll(async () => {
  [host] = (await containers(['c1'])) as [ContainerHandle];
  return () => unpointed(host).then(() => {});
});

it.each(['keepsIt', 'isUndone'] as const)(
  'an orderly reboot before a command of the supervisor (%s): what comes up again is old or new',
  async (plan) => {
    const boot = async () => {
      await host.run('systemctl --no-block reboot');
      await host.bootAgain();
    };
    await pointed(host);
    await afresh(host);
    await boot();
    const old = await state(host);
    await at(host, 0, actions.nothing);
    await startApply(host, plans[plan]).ended;
    await boot();
    const done = (await endOf(host)).state;
    const all = await points(host);
    const tried = some(all);
    const faults: string[] = [];
    const outcomes: Record<string, number> = {};
    for (const [i, command] of tried) {
      await afresh(host);
      await at(host, i + 1, '/usr/bin/systemctl --no-block reboot');
      const running = startApply(host, plans[plan]);
      await host.bootAgain();
      await running.ended;
      const end = await endOf(host);
      outcomes[end.outcome] = (outcomes[end.outcome] ?? 0) + 1;
      if (end.outcome === 'unhealthy')
        faults.push(`reboot before ${i + 1}: ${command}: unhealthy, and it is not`);
      faults.push(...wrong(`reboot before ${i + 1}: ${command}`, end, { old, new: done }, 'gone'));
    }
    process.stdout.write(
      `rebooted at ${tried.length} of ${all.length} commands (${plan}): ${JSON.stringify(outcomes)}\n`,
    );
    expect(faults).toEqual([]);
    await on(host, 'true');
  },
);
