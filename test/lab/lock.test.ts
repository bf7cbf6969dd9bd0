import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { LabEvent } from '../../src/lab/events.ts';
import { withLock } from '../../src/lab/lock.ts';
import { sleep } from '../../src/lab/run.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'confine-lock-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('one after the other, and who waits says so once', async () => {
  const seen: string[] = [];
  const events: LabEvent[] = [];
  const work = (name: string) =>
    withLock(
      join(folder, 'lock'),
      'works',
      (event) => events.push(event),
      async () => {
        seen.push(`${name} in`);
        await sleep(0.1);
        seen.push(`${name} out`);
      },
    );
  const a = work('a');
  await sleep(0.05);
  await Promise.all([a, work('b')]);
  expect(seen).toEqual(['a in', 'a out', 'b in', 'b out']);
  expect(events).toEqual([{ is: 'waiting', why: 'another run of confine lab works' }]);
});

it('a failure lets go of the lock', async () => {
  const file = join(folder, 'lock');
  const failing = withLock(
    file,
    'works',
    () => {},
    () => Promise.reject(new Error('no')),
  );
  await expect(failing).rejects.toThrow('no');
  expect(
    await withLock(
      file,
      'works',
      () => {},
      async () => 'free',
    ),
  ).toBe('free');
});
