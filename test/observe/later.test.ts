import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { AbsolutePath } from '../../src/brand.ts';
import { observeTrip } from '../../src/observe/observe.ts';
import { fileProbe } from '../../src/resources/file.ts';

const folder = mkdtempSync(join(tmpdir(), 'confine-later-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = (name: string) => AbsolutePath.parse(join(folder, name));

/** Runs the questions for these files with this machine's sh; a fault goes between their reading and the second look. */
function look(names: readonly string[], fault = '', shell: readonly string[] = ['sh']) {
  const probes = names.map((name) => fileProbe(path(name)));
  const trip = observeTrip(probes);
  const script = trip.script.replace('  frame later again\n', `${fault}\n  frame later again\n`);
  const seen = trip.read(
    spawnSync(shell[0] ?? '', shell.slice(1), { input: script, maxBuffer: 1 << 24 }).stdout,
  );
  return probes.map((it) => seen.answer(it));
}

describe('files that are read together', () => {
  it('come back byte for byte, with mode and owner, whatever they hold', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { minLength: 1, maxLength: 6 }), (contents) => {
        contents.forEach((it, i) => writeFileSync(path(`f${i}`), it));
        const seen = look(contents.map((_, i) => `f${i}`));
        contents.forEach((it, i) =>
          expect(seen[i]).toMatchObject({ value: { is: 'file', content: Buffer.from(it), mode: '0644' } }),
        );
      }),
      { numRuns: 15 },
    );
  });

  it('are told from links, from what is not there, and from folders', () => {
    writeFileSync(path('a file'), 'x');
    chmodSync(path('a file'), 0o640);
    symlinkSync('../to -> here', path('link'));
    for (const shell of [['sh'], ['busybox', 'sh']])
      expect(look(['link', 'none', 'a file', '.x', 'link'], '', shell)).toMatchObject([
        { value: { is: 'link', target: '../to -> here' } },
        { is: 'absent' },
        { value: { is: 'file', mode: '0640', owner: 'root' } },
        { is: 'absent' },
        { value: { is: 'link' } },
      ]);
  });

  it('belong to groups with spaces in their names, too, as those of a Windows domain', () => {
    writeFileSync(path('theirs'), 'x');
    chownSync(path('theirs'), 0, 47110);
    writeFileSync(path('group'), 'domain users:x:47110:\n');
    const inside = ['unshare', '-m', 'sh', '-c', `mount --bind '${path('group')}' /etc/group && exec sh`];
    expect(look(['theirs', 'theirs'], '', inside)).toMatchObject([
      { value: { is: 'file', owner: 'root', group: 'domain users' } },
      { value: { is: 'file', group: 'domain users' } },
    ]);
  });

  it.each([
    ['grows', `echo more >>'${path('one')}'`],
    ['is replaced by one as long', `echo xyz >'${path('new')}'; mv '${path('new')}' '${path('one')}'`],
    ['goes', `rm '${path('one')}'`],
  ])('are unknown, never mixed up, when one %s meanwhile', (_, fault) => {
    writeFileSync(path('one'), 'abc\n');
    writeFileSync(path('two'), 'def\n');
    expect(look(['one', 'two']).map((it) => it.is)).toEqual(['value', 'value']);
    expect(look(['one', 'two'], fault).map((it) => it.is)).toEqual(['unknown', 'unknown']);
  });
});
