import { beforeAll, expect, it } from 'vitest';
import type { MachineHandle } from '../../src/lab/hosts.ts';
import { cutRun, faultsOf, goesThrough } from '../support/cuts.ts';
import { machine } from '../support/lab.ts';
import { lifeAfter } from '../support/power.ts';

let host: MachineHandle;
beforeAll(async () => {
  host = await machine();
  return () => host.powerOff();
});

// A selection of test/faults/power.test.ts.
it('the plug is pulled: all of a plan or nothing of it is on the disk, the outcome is true, and DNS comes up again', async () => {
  const { cuts, life } = await cutRun(host, goesThrough, { seed: 5, pause: 8, behind: 1 });
  expect(cuts.flatMap(faultsOf)).toEqual([]);
  const last = cuts.findLast(({ phase }) => phase === 'applying');
  if (!last) throw new Error('no cut came while the plan was carried out');
  expect(last.is).toBe('old');
  expect(await lifeAfter(host, last.disk)).toBe(life.old);
});
