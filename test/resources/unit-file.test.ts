import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  effectiveSettings,
  parseUnitFile,
  readUnitFile,
  renderUnitFile,
} from '../../src/resources/unit-file.ts';

const ours = {
  path: '/etc/systemd/system/named.service.d/50-confine.conf',
  settings: { Service: { ProtectHome: true, ReadWritePaths: ['/a', '/b'] } },
};
const at = (name: string, content: string) => ({
  path: `/etc/systemd/system/named.service.d/${name}.conf`,
  content,
});

describe('renderUnitFile', () => {
  it('is read back as it was given', () => {
    const text = fc.stringMatching(/^[!-Z^-~]([ -Z^-~]{0,20}[!-Z^-~])?$/);
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.stringMatching(/^[A-Z][A-Za-z]{1,12}$/),
          fc.array(text, { minLength: 1, maxLength: 3 }),
        ),
        (keys) => {
          const read = parseUnitFile(renderUnitFile({ Service: keys }));
          const want = Object.entries(keys)
            .toSorted(([a], [b]) => (a < b ? -1 : 1))
            .flatMap(([key, values]) => values.map((value) => [key, value]));
          expect(read.map((it) => [it.key, it.value])).toEqual(want);
        },
      ),
    );
  });

  it('writes booleans as systemd documents them, and one line a value', () => {
    expect(renderUnitFile({ Service: { A: true, B: false, C: ['x', 'y'] } })).toContain(
      'A=yes\nB=no\nC=x\nC=y\n',
    );
  });
});

describe('parseUnitFile', () => {
  it('joins continued lines, and keeps the number of the first', () => {
    const text = '[Service]\nExecStart=a \\\n  b\n# c\n;d\n X=1';
    expect(parseUnitFile(text)).toMatchObject([
      { section: 'Service', key: 'ExecStart', value: 'a  b', line: 2 },
      { section: 'Service', key: 'X', value: '1', line: 6 },
    ]);
    expect(parseUnitFile(text).map(({ start, end }) => text.slice(start, end))).toEqual([
      'ExecStart=a \\\n  b',
      'X=1',
    ]);
  });

  it('keeps headers, and lines that are nothing', () => {
    const text = 'loose\n[Service]\n# c\n\n  NoNewPrivileges yes\n[Install';
    expect(readUnitFile(text).others.map((it) => [it.is, it.text, it.start])).toEqual([
      ['stray', 'loose', 0],
      ['section', 'Service', 6],
      ['stray', 'NoNewPrivileges yes', text.indexOf('NoNew')],
      ['stray', '[Install', text.indexOf('[Install')],
    ]);
  });
});

describe('effectiveSettings', () => {
  it('sees a later drop-in that sets a value again', () => {
    expect(effectiveSettings([at('90-x', '[Service]\nProtectHome=false\n')], ours)).toEqual([
      { key: 'ProtectHome', path: '/etc/systemd/system/named.service.d/90-x.conf', line: 2, value: 'false' },
    ]);
  });

  it('lets the same value pass, however it is written', () => {
    expect(effectiveSettings([at('90-x', '[Service]\nProtectHome=on\n')], ours)).toEqual([]);
  });

  it('lets an earlier drop-in pass, and another section', () => {
    expect(
      effectiveSettings(
        [at('10-x', '[Service]\nProtectHome=no\n'), at('90-y', '[Unit]\nProtectHome=no\n')],
        ours,
      ),
    ).toEqual([]);
  });

  it('sees a list that is reset, and lets one pass that grows', () => {
    expect(effectiveSettings([at('90-x', '[Service]\nReadWritePaths=/c\n')], ours)).toEqual([]);
    expect(effectiveSettings([at('90-x', '[Service]\nReadWritePaths=\n')], ours)).toHaveLength(1);
  });
});
