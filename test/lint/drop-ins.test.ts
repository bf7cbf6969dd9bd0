import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { lintUnit, lintUnits, type Found } from '../../src/lint/lint.ts';
import { unitsOfFiles, type Unit } from '../../src/lint/unit.ts';
import { renderDiagnostics } from '../../src/report/diagnostic.ts';
import { golden } from '../golden/golden.ts';

const folder = new URL('../fixtures/drop-ins/', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, folder), 'utf8');

/** What really happened with each drop-in: the function tests that failed. */
const happened = read('function-tests.txt')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => {
    const [file = '', passed = '', ...failed] = line.split(' ');
    return { file, passed: Number(passed), failed };
  });

/** The settings that are to blame, for each drop-in with which a test failed. */
const toBlame: Readonly<Record<string, readonly string[]>> = {
  '01-strotmann.conf': ['AppArmorProfile', 'CapabilityBoundingSet'],
  '02-strotmann-notify.conf': ['AppArmorProfile', 'CapabilityBoundingSet'],
  '21-strict-nodac.conf': ['CapabilityBoundingSet'],
  '31-max-nou-kill.conf': ['SystemCallFilter'],
  '34-max-with-u.conf': ['SystemCallFilter'],
  '35-max-nonetlink.conf': ['RestrictAddressFamilies'],
  '37-max-sysctl-nonetlink.conf': ['RestrictAddressFamilies'],
  '50-noambient.conf': ['User'],
  '51-nounix.conf': ['RestrictAddressFamilies'],
  '52-privusers-ambient.conf': ['PrivateUsers'],
  '53-privnet.conf': ['PrivateNetwork'],
  '54-strict-norwp.conf': ['ProtectSystem'],
  '57-tasks.conf': ['TasksMax'],
  '58-oom.conf': ['MemoryMax'],
  '62-root-nocaps.conf': ['CapabilityBoundingSet'],
  '64-aaprofile-root.conf': ['AppArmorProfile'],
  '70-typo.conf': ['CapabilityBoundingSet', 'ProtectHome', 'ProtectSystemm'],
  '71-dynuser.conf': ['DynamicUser'],
  '74-noforeground.conf': ['ExecStart'],
  '83-extreme-lan.conf': ['SystemCallFilter'],
  '84-extreme.conf': ['SystemCallFilter'],
  '86-ipallow-any.conf': ['SystemCallFilter'],
  '90-sigsys.conf': ['SystemCallFilter'],
  '91-max-kill.conf': ['SystemCallFilter'],
  '92-max-kill-u.conf': ['SystemCallFilter'],
  '93-extreme.conf': ['SystemCallFilter'],
  '94-extreme-lan.conf': ['SystemCallFilter'],
  '95-extreme-lan-root.conf': ['SystemCallFilter'],
  '96-max-kill-lan.conf': ['SystemCallFilter'],
};

/** Drop-ins that failed for what only a host can know: at most a warning names the setting. */
const onlyAHostKnows: Readonly<Record<string, readonly string[]>> = {
  // Whether a path exists; it may well.
  '55-rwp-missing.conf': ['ReadWritePaths'],
  // Where named.conf keeps its zones.
  '61-inacc.conf': [],
  // Which profiles are loaded.
  '66-aaprofile-missing.conf': ['AppArmorProfile'],
};

/** Drop-ins that passed, and are wrong all the same: systemd leaves out of the filter what was asked for. */
const wrongThoughPassed: Readonly<Record<string, readonly string[]>> = {
  '68-nofsuid-sysfilter-name.conf': ['SystemCallFilter'],
};

const keys = (found: readonly Found[], severity: 'error' | 'warning'): string[] =>
  [
    ...new Set(
      found
        .filter((it) => it.rule.severity === severity)
        .map((it) => ('key' in it.defect.at ? String(it.defect.at.key) : '')),
    ),
  ].toSorted();

const unitOfFile = (file: string): Unit[] => unitsOfFiles([{ path: file, text: read(file) }]);

describe('a drop-in gets the verdict that a real host gave it', () => {
  it.each(happened)('$file', ({ file, passed, failed }) => {
    const found = unitOfFile(file).flatMap(lintUnit);
    if (failed.length === 0) expect(passed).toBe(27);
    const known = failed.length === 0 ? wrongThoughPassed : { ...toBlame, ...onlyAHostKnows };
    if (failed.length > 0) expect(Object.keys(known)).toContain(file);
    const expected = file in onlyAHostKnows ? [] : (known[file] ?? []);
    expect(keys(found, 'error')).toEqual(expected);
    expect(keys(found, 'warning')).toEqual(expect.arrayContaining([...(onlyAHostKnows[file] ?? [])]));
  });

  it('and every exception is one', () => {
    const failed = happened.filter((it) => it.failed.length > 0).map((it) => it.file);
    expect(failed.toSorted()).toEqual(Object.keys({ ...toBlame, ...onlyAHostKnows }).toSorted());
  });
});

it('what systemd-analyze says of a bad drop-in is found, too', () => {
  const text = `[Service]
ProtectSystemm=strict
ProtectHome=maybe
SystemCallFilter=
SystemCallFilter=~@nosuch
ReadWritePaths=relative
`;
  const found = unitsOfFiles([{ path: 'x.conf', text }]).flatMap(lintUnit);
  const errors = found.filter((it) => it.rule.severity === 'error');
  const lines = read('verify-bad.txt').trim().split('\n');
  expect(errors.map((it) => it.defect.at.spot().at.line).toSorted((a, b) => a - b)).toEqual(
    lines.map((it) => Number(/:(\d+):/.exec(it)?.[1])),
  );
});

/** The rules that say what systemd says, too. */
const saidBySystemd =
  /^(unknown-(section|key|value|syscall|syscall-group)|stray-line|newer-than-252|allow-list-error-number|exec-start-twice)$/;

describe('a line is found just where systemd 252 warns of it', () => {
  const lines = read('verify-252.txt')
    .split('\n')
    .filter((it) => it !== '' && !it.startsWith('#'))
    .map((it) => it.split(/ =>(?: |$)/) as [string, string]);
  it.each(lines)('%s => %s', (line, warning) => {
    const text = `[Service]\nExecStart=/bin/true\n${line}\n`;
    const found = unitsOfFiles([{ path: 'x.service', text }]).flatMap(lintUnit);
    expect(found.some((it) => saidBySystemd.test(it.rule.id))).toBe(warning !== '');
  });
});

it('the well-known published unit is told with places, reasons and next steps', () => {
  const { errors, warnings } = lintUnits(unitOfFile('01-strotmann.conf'));
  const text = `${renderDiagnostics(warnings)}\n\n${renderDiagnostics(errors)}`;
  expect(text).toBe(golden('unit-strotmann', text));
});
