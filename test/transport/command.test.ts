import { spawnSync } from 'node:child_process';

import { describe, expect, it } from 'vitest';

import { commandLine, commandWords, marks, needsSudo, sealed } from '../../src/transport/command.ts';
import { createHead } from '../../src/transport/head.ts';
import { Secret } from '../../src/secret.ts';

const become = { is: 'sudo', user: 'root', password: new Secret('hunter2') } as const;

describe.each([['dash'], ['bash', '--posix']])('the loader in %s %s', (...shell: string[]) => {
  const load = (script: string, cut = 0) => {
    const mark = marks();
    const [name = 'sh', ...options] = shell;
    const loader = commandWords(mark, { is: 'no' }, undefined).at(-1) ?? '';
    const input = Buffer.from(sealed(script, mark));
    const done = spawnSync(name, [...options, '-c', loader], {
      input: input.subarray(0, input.length - cut),
    });
    const out = createHead(mark.ready);
    out.add(done.stdout);
    return { status: done.status, out: out.rest().toString(), found: out.found() };
  };

  it.each([
    ['false', 1, ''],
    ['exit 7', 7, ''],
    ['set -e; false; echo no', 1, ''],
    ['trap "echo bye" EXIT; exit 3', 3, 'bye\n'],
    ['cat; echo after', 0, 'after\n'],
    ['echo "$#[$*]"', 0, '0[]\n'],
    ['cat <<EOF\nx\nEOF', 0, 'x\n'],
    ['echo a \\', 0, 'a\n'],
    ['', 0, ''],
    ['# only a comment', 0, ''],
    ['f() { echo "$1"; }; f x; set -- y; echo "$1"', 0, 'x\ny\n'],
  ])('runs %j', (script, status, out) => {
    expect(load(script)).toEqual({ status, out, found: true });
  });

  it('runs nothing of a script that was cut short', () => {
    for (const cut of [2, 10, 45, 60]) {
      expect(load('echo one\necho two\necho three and more to cut away from', cut)).toEqual({
        status: 75,
        out: '',
        found: true,
      });
    }
  });
});

describe('the command', () => {
  it('has no quotes, newlines or exclamation marks that a csh would trip over', () => {
    for (const word of commandWords(marks(), become, 5)) expect(word).not.toMatch(/['\n!]/);
  });

  it('holds no password', () => {
    expect(commandLine(commandWords(marks(), become, 5))).not.toContain('hunter2');
  });

  it('asks sudo for a prompt only when there is a password to answer it with', () => {
    const mark = marks();
    expect(commandWords(mark, become, undefined).slice(0, 10)).toEqual([
      'env',
      'LC_ALL=C',
      'sudo',
      '-S',
      '-p',
      mark.prompt,
      '-H',
      '-u',
      'root',
      '--',
    ]);
    expect(commandWords(mark, { ...become, password: undefined }, 3).slice(2, 12)).toEqual([
      'sudo',
      '-n',
      '-H',
      '-u',
      'root',
      '--',
      'timeout',
      '-k',
      '5',
      '3',
    ]);
  });

  it('needs sudo only to become someone else', () => {
    expect(needsSudo(become, 'root')).toBe(false);
    expect(needsSudo(become, 'ops')).toBe(true);
    expect(needsSudo({ is: 'no' }, 'ops')).toBe(false);
  });
});

describe('the head of a stream', () => {
  it('is parted at its mark wherever the chunks break', () => {
    const all = Buffer.from('noise\nMARK\nreal \u00e9 output');
    for (let size = 1; size <= all.length; size += 1) {
      const head = createHead('MARK');
      const rest: Buffer[] = [];
      for (let at = 0; at < all.length; at += size) rest.push(head.add(all.subarray(at, at + size)));
      expect(Buffer.concat(rest).toString()).toBe('real \u00e9 output');
      expect(head.rest().toString()).toBe('real \u00e9 output');
      expect(head.noise()).toBe('noise');
      expect(head.size()).toBe(14);
    }
  });

  it('gives up its prompts one by one, and keeps the end of a long noise', () => {
    const head = createHead('MARK');
    head.add(Buffer.from('lecture PROMPT'));
    expect([head.take('PROMPT'), head.take('PROMPT')]).toEqual([true, false]);
    head.add(Buffer.from('PROMPT'));
    expect(head.take('PROMPT')).toBe(true);
    head.add(Buffer.alloc(200_000, 'x'));
    head.add(Buffer.from('MARK\nout'));
    expect(head.rest().toString()).toBe('out');
    expect(head.noise().length).toBeLessThan(70_000);
  });
});
