import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile, escaped } from '../../src/apparmor/aare.ts';

/** What AppArmor's parser 3.0.8 makes of patterns: `apparmor_parser -QS -D rule-exprs`. */
const made = readFileSync('test/fixtures/apparmor_parser/rule-exprs.txt', 'utf8')
  .trimEnd()
  .split('\n')
  .map((line): [string, string] => {
    const [pattern = '', expression = ''] = line.split('   ->   ');
    return [pattern, expression];
  });

const names = [
  '/a /a/ /a/b /a/b/ /a/b/c /a//b /a/x/c /a/x/y/c /a/c /a/xb /a/x/yb /a/bx /a/b/x/y /abc /a/ad /a/dd /a//d /a/f',
  '/a/0 /run/x /var/run/x /a/bg /a/cdg /a/ceg /a/fxg /a/cg /a/x,y /a/com,ma /a/$x^y /a/zöne /a/z1ne /a/ha#sh',
  "/a/o'p /a/p(x)|y.+ /a/p /a/a^b /a/axb /a/Kx.+013+1.key /a/Kx.+013+1.private /a/Kx.013+1.key /a/db /a/d{c",
]
  .flatMap((it) => it.split(' '))
  .concat('/a/my zone', '/a/spa ce/x', '/a/spa ce/', '/a/d{c');

describe('a pattern', () => {
  it.each(made.filter(([pattern]) => !/[\\"\t]/.test(pattern)))(
    '%s matches as AppArmor has it',
    (pattern, expression) => {
      const theirs = new RegExp(`^(?:${expression})$`);
      const bytes = (text: string) => Buffer.from(text, 'utf8').toString('latin1');
      const oracle = new RegExp(bytes(theirs.source));
      const ours = compile(pattern);
      expect(names.filter((it) => ours?.matches(it))).toEqual(names.filter((it) => oracle.test(bytes(it))));
    },
  );

  it.each([
    ['/a/db.\\*', '/a/db.*', '/a/db.x'],
    ['/a/x\\[1\\]', '/a/x[1]', '/a/x1'],
    ['/a/x\\{1\\}', '/a/x{1}', '/a/x1'],
    ['/a/a\\?b', '/a/a?b', '/a/axb'],
    ['/a/back\\\\slash', '/a/back\\slash', '/a/backslash'],
    ['/a/q\\"q', '/a/q"q', '/a/qq'],
    ['/a/tab\\011x', '/a/tab\tx', '/a/tab011x'],
    ['/a/hex\\x41', '/a/hexA', '/a/hexx41'],
    ['/a/c[\\]]b', '/a/c]b', '/a/c\\]b'],
  ])('%s matches what its backslash says', (pattern, yes, no) => {
    expect(compile(pattern)?.matches(yes)).toBe(true);
    expect(compile(pattern)?.matches(no)).toBe(false);
  });

  it('is about bytes: one question mark is no umlaut', () => {
    expect(compile('/a/z?ne')?.matches('/a/zöne')).toBe(false);
    expect(compile('/a/z??ne')?.matches('/a/zöne')).toBe(true);
  });

  it('is undefined where the parser rejects it, or a variable is left', () => {
    const broken = ['/a/{b}', '/a/{b,c', '/a/b}', '/a/b]', '/a/[b', '/a\\', '@{PROC}/x'];
    expect(broken.filter((it) => compile(it) !== undefined)).toEqual([]);
  });

  it('of an escaped name stands for that name alone', () => {
    const name = fc
      .stringMatching(/^\/[a-c*?[\]{},\\"^$.|()+ /ö-]{0,12}$/)
      .filter((it) => !it.includes('//'));
    fc.assert(
      fc.property(name, name, (one, two) => {
        const pattern = compile(escaped(one));
        expect(pattern?.matches(one)).toBe(true);
        expect(pattern?.matches(two)).toBe(one === two);
      }),
    );
  });
});
