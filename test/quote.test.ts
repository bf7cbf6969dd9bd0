import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { sh, shQuote } from '../src/quote.ts';
import { shell } from './support/shell.ts';

/** Any text that a shell can hold: everything but NUL. */
const argument = fc.string({ unit: 'binary', maxLength: 40 }).map((s) => s.replaceAll('\0', ''));
const nasty = fc.constantFrom(
  '',
  "'",
  "''",
  '"',
  '\\',
  '$(id)',
  '`id`',
  '-n',
  '~',
  '*',
  'a=b',
  'if',
  '\n',
  ' ',
  '!',
  '#x',
  '$',
  '\\\n',
);

describe.each(['dash', 'bash'])('in %s', (name) => {
  it('words come back as they were', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(argument, nasty), { minLength: 1, maxLength: 20 }), (words) => {
        const printed = shell(name, ['-c', `printf '%s\\0' ${words.map(shQuote).join(' ')}`]);
        expect(printed.split('\0').slice(0, -1)).toEqual(words);
      }),
      { numRuns: 150 },
    );
  });

  it('a quoted script is the same after a second shell', () => {
    fc.assert(
      fc.property(fc.oneof(argument, nasty), (word) => {
        const inner = sh`printf '%s' ${word}`;
        expect(shell(name, ['-c', sh`${name} -c ${inner}`])).toBe(word);
      }),
      { numRuns: 100 },
    );
  });
});

describe('a template', () => {
  it('quotes what it holds, and lists as several words', () => {
    expect(sh`install -m ${'0644'} ${['a b', "c'd"]} ${'/etc/x'}; exit ${3}`).toBe(
      `install -m '0644' 'a b' 'c'\\''d' '/etc/x'; exit '3'`,
    );
    expect(sh`true`).toBe('true');
    expect(sh`x ${[]}`).toBe('x ');
  });

  it('refuses a NUL', () => {
    expect(() => shQuote('a\0b')).toThrow(RangeError);
    expect(() => sh`echo ${['\0']}`).toThrow(RangeError);
  });
});
