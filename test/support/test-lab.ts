import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { labDown } from '../../src/lab/lab.ts';

const name = ['confine-test-lab', process.env['CONFINE_TEST_LAB'], userInfo().uid].filter(Boolean).join('-');

/**
 * The tests' own lab: the one that somebody plays in is left alone. Images are shared with it. CONFINE_TEST_LAB names
 * another one, for tests that run beside those of the first.
 */
export const testLab = { CONFINE_LAB_DIR: join(tmpdir(), name) };

/** Ends the tests' lab after the suites that use it. */
export async function teardown(): Promise<void> {
  Object.assign(process.env, testLab);
  await labDown('all', () => {});
}
