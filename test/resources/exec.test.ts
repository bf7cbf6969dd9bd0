import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AbsolutePath } from '../../src/brand.ts';
import { absent, value } from '../../src/observe/observation.ts';
import { composeStart, execNode, splitWords, standsWith, unitWord } from '../../src/resources/exec.ts';
import type { Unit } from '../../src/resources/unit.ts';

const own = AbsolutePath.parse('/etc/systemd/system/named.service.d/45-confine-exec.conf');
const unit = (start = '/usr/sbin/named -f $OPTIONS', options = 'OPTIONS="-u bind"', more = '') =>
  ({
    name: 'named.service',
    parts: [
      { path: '/lib/systemd/system/named.service', content: `[Service]\nExecStart=${start}\n${more}` },
      { path: own, content: '[Service]\nExecStart=\nExecStart=/usr/bin/old\n' },
      { path: '/etc/default/named', content: `# startup options\n${options}\n` },
    ],
  }) as unknown as Unit;
const aaExec = { layer: 'wrapper', argv: ['/usr/bin/aa-exec', '-p', 'named', '--'], rank: 1 } as const;
const jail = { layer: 'wrapper', argv: ['/usr/bin/firejail', '--profile=/x'], rank: 0 } as const;
const withoutU = { layer: 'without', option: '-u' } as const;

describe('composeStart', () => {
  it.each([
    [
      'a wrapper keeps the variable, so that /etc/default/named goes on to count',
      unit(),
      [aaExec],
      '/usr/bin/aa-exec -p named -- /usr/sbin/named -f $OPTIONS',
    ],
    [
      'firejail stands outside of aa-exec, whoever came first',
      unit(),
      [aaExec, jail],
      '/usr/bin/firejail --profile=/x /usr/bin/aa-exec -p named -- /usr/sbin/named -f $OPTIONS',
    ],
    [
      'another binary',
      unit(),
      [{ layer: 'binary', path: '/opt/bind/sbin/named' } as const, aaExec],
      '/usr/bin/aa-exec -p named -- /opt/bind/sbin/named -f $OPTIONS',
    ],
    [
      '-u goes, the other options stay',
      unit(undefined, 'OPTIONS="-u bind -4 -n 2"'),
      [withoutU],
      '/usr/sbin/named -f -4 -n 2',
    ],
    [
      '-u written together goes too',
      unit(undefined, "OPTIONS='-4 -ubind'"),
      [withoutU],
      '/usr/sbin/named -f -4',
    ],
    ['-u of the unit itself goes', unit('/usr/sbin/named -f -u bind'), [withoutU], '/usr/sbin/named -f'],
    [
      'the last assignment counts',
      unit(undefined, 'OPTIONS="-6"\nOPTIONS="-u bind -c /etc/b.conf"'),
      [withoutU],
      '/usr/sbin/named -f -c /etc/b.conf',
    ],
    ['no options at all', unit(undefined, ''), [withoutU], '/usr/sbin/named -f'],
  ])('%s', (_, on, layers, command) => {
    expect(composeStart(on, own, layers)).toBe(command);
  });

  it('refuses what it can’t build on', () => {
    expect(() => composeStart(unit('-/usr/sbin/named -f'), own, [aaExec])).toThrow('special ExecStart');
    expect(() => composeStart(unit('/a', '', 'ExecStart=/b\n'), own, [aaExec])).toThrow('several ExecStart');
  });
});

describe('words', () => {
  it('come back from their quotes', () => {
    const word = fc.string({
      minLength: 1,
      unit: fc.constantFrom('a', 'b', '-', '/', ' ', "'", '"', '\\', '%', '$'),
    });
    fc.assert(
      fc.property(fc.array(word), (words) => {
        const line = words
          .map(unitWord)
          .join(' ')
          .replaceAll('%%', '%')
          .replaceAll('$$', () => '$');
        expect(splitWords(line)).toEqual(words);
      }),
    );
  });
});

describe('the drop-in', () => {
  const desire = { resource: 'exec', unit: unit(), at: { path: own, node: absent }, layers: [] } as const;

  it('is not there without layers', () => {
    expect(execNode(desire, [])).toEqual(absent);
  });

  it('tells which layers it was made with', () => {
    const node = execNode(desire, [jail, withoutU]);
    expect([jail, withoutU, aaExec].map((it) => standsWith(it, node))).toEqual([true, true, false]);
    expect(standsWith(withoutU, execNode(desire, [aaExec]))).toBe(false);
    expect(standsWith(jail, value({ is: 'link', target: 'x' }))).toBe(false);
  });
});
