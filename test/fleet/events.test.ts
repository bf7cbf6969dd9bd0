import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LabHandle } from '../../src/lab/hosts.ts';
import { confine } from '../support/confine.ts';
import { afresh, plans } from '../support/contained.ts';
import { eventLines } from '../support/event-lines.ts';
import { containers, labInventory } from '../support/lab.ts';
import { rolloutBook } from '../support/rollout.ts';

let host: LabHandle;
beforeAll(async () => {
  const [first] = await containers(['c1']);
  if (!first) throw new Error('the lab has no c1');
  host = first;
  await afresh(host);
});
afterAll(() => afresh(host));

const folder = mkdtempSync(join(tmpdir(), 'confine-events-'));
const limit = () => ['-i', labInventory(), '-l', host.name];
const named = () => [host.name, '-i', labInventory()];

/** Commands one after the other, as somebody would call them, and events that each has to tell. */
const commands: readonly (readonly [string, () => readonly string[], readonly string[]])[] = [
  ['check', () => [plans.keepsIt, ...limit()], []],
  ['check', () => ['-i', labInventory(), '--host', host.name], ['host-needs']],
  ['plan', () => [plans.keepsIt, ...limit()], ['host-planned', 'host-ended']],
  ['apply', () => [plans.keepsIt, ...limit(), '--yes'], ['host-started', 'host-progress', 'host-ended']],
  ['apply', () => [plans.isUndone, ...limit(), '--yes'], ['host-progress', 'host-ended']],
  ['status', () => [plans.isUndone, ...limit()], ['host-status']],
  ['relax', () => [...named(), '--mechanism', 'systemd_sandbox', '--for', '1h', '--yes'], ['host-ended']],
  ['status', () => [plans.keepsIt, ...limit()], ['host-status']],
  ['relax', () => [...named(), '--end', '--yes'], ['host-ended']],
  ['audit', () => [...named(), '--yes'], ['host-ended']],
  ['denials', () => limit(), ['host-trail']],
  ['undo', () => [...named(), '--yes'], ['host-ended']],
  ['init', () => [...named(), '--out', folder], ['file-written']],
  ['init', () => [...named(), '--adopt', '--out', folder], ['adoption', 'file-written']],
];

it('every line that a command prints is one of the published schema', async () => {
  for (const [command, args, told] of commands) {
    const { stdout } = await confine([command, ...args(), '--json']);
    const { events, wrong } = eventLines(stdout);
    expect([command, wrong]).toEqual([command, []]);
    const missing = told.filter((it) => events.every(({ event }) => event !== it));
    expect([command, missing]).toEqual([command, []]);
  }
});

it.each(['status', 'start', 'pause', 'abort'])('so is every line of rollout %s', async (action) => {
  const book = rolloutBook({ waves: [1, '100%'], soak: '1h' }, [], host.name);
  const more = action === 'status' ? [] : ['--yes'];
  const { stdout } = await confine(['rollout', action, book, '-i', labInventory(), ...more, '--json']);
  const { events, wrong } = eventLines(stdout);
  expect(wrong).toEqual([]);
  expect(events.map(({ event }) => event)).toContain('rollout');
});
