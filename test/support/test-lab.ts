import { userInfo, tmpdir } from 'node:os';
import { join } from 'node:path';
import { labDown } from '../../src/lab/lab.ts';

/** The tests' own lab: the one that somebody plays in is left alone. Images are shared with it. */
export const testLab = { CONFINE_LAB_DIR: join(tmpdir(), `confine-test-lab-${userInfo().uid}`) };

/** Ends the tests' lab after the suites that use it. */
export async function teardown(): Promise<void> {
  Object.assign(process.env, testLab);
  await labDown('all', () => {});
}
