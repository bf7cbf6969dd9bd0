import { expect } from 'vitest';
import type { MachineHandle } from '../../src/lab/hosts.ts';
import { playbook } from './confine.ts';
import { apply, fingerprint, label, on, plan, serial, surfaces, undoLast } from './lab.ts';

type Task = Readonly<Record<string, unknown>>;

/** What a module does to a host, and how that is seen there. */
export interface Effect {
  /** What was declared before. */
  readonly first: readonly Task[];
  readonly tasks: readonly Task[];
  /** A command, and what it prints where the tasks hold. */
  readonly look: string;
  readonly seen: string;
}

/** The contract of every module: its state comes, a second plan is empty, and undo gives back every byte. */
export async function expectContract(
  host: Pick<MachineHandle, 'name' | 'run'>,
  { first, tasks, look, seen }: Effect,
  flags: readonly string[] = [],
): Promise<void> {
  const only = ['-l', host.name, ...flags];
  if (first.length > 0) expect((await apply(playbook(first), ...only)).code).toBe(0);
  const [before, ran] = [await surfaces(host), await label(host)];
  const book = playbook(tasks);

  expect(await apply(book, ...only)).toMatchObject({ code: 0 });
  expect(await on(host, look)).toBe(seen);
  await on(host, 'systemctl reload named');
  const settled = await fingerprint(host);
  expect(await plan(book, ...only)).toMatchObject({ code: 0, stdout: '' });
  expect(await fingerprint(host)).toBe(settled);

  expect(await undoLast(host)).toContain('undone');
  expect(await surfaces(host)).toBe(before);
  expect(await label(host)).toBe(ran);
  expect(await serial(host)).not.toBe('');
  await on(host, 'systemctl reload named');
}
