import { beforeAll, expect, it } from 'vitest';
import type { ContainerHandle } from '../../src/lab/hosts.ts';
import { startApply } from '../support/contained.ts';
import { containers } from '../support/lab.ts';
import { isReached, unpointed } from '../support/points.ts';
import { sweep } from '../support/sweep.ts';

let hosts: readonly ContainerHandle[];
beforeAll(async () => {
  hosts = await containers(['c1', 'c2', 'c3', 'c4']);
  return () => Promise.all(hosts.map(unpointed)).then(() => {});
});

it.each(['keepsIt', 'isUndone'] as const)(
  'an orderly reboot before a command of the supervisor (%s): what comes up again is old or new',
  async (plan) => {
    const boot = async (host: ContainerHandle) => {
      await host.run('systemctl --no-block reboot');
      await host.bootAgain();
    };
    const run = async (host: ContainerHandle, book: string) => {
      const { code } = await startApply(host, book).ended;
      // How many commands there are depends on how often DNS has to be asked.
      if (await goesDown(host)) {
        await host.bootAgain();
        return 'gone' as const;
      }
      return code;
    };
    const action = '/usr/bin/systemctl --no-block reboot';
    expect(await sweep(hosts, { what: 'rebooted', plan, action, run, settle: boot, truths: rested })).toEqual(
      [],
    );
  },
);

/** Whether the point was met, or the host takes no login any more. */
async function goesDown(host: ContainerHandle): Promise<boolean> {
  const { code, stdout } = await host.run(isReached);
  return code === 255 || stdout !== '';
}

/** A host that was merely going down is not told to need a person. */
const rested = ['committed', 'undone', 'refused', 'none'];
