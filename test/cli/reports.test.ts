import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openReports } from '../../src/cli/reports.ts';
import { UsageError } from '../../src/errors.ts';
import { redactAll, Secret } from '../../src/secret.ts';
import { tmpFolder } from '../support/sshd.ts';

const folder = tmpFolder('reports');
const told = { command: 'plan', version: '0', started: new Date(0), folder, files: [] };

describe('files of --report', () => {
  it.each(['junit', 'sarif', 'gitlab', 'html'])(
    'have no secret in them, however they quote it: %s',
    async (kind) => {
      const file = join(folder, kind);
      const password = `${kind} <"tr0ub&dor">`;
      const reports = await openReports(told, [`${kind}=${file}`]);
      const finding = { at: { file: 'site.yml', line: 1, col: 1 }, message: `it said: ${password}.` };
      reports.note({ event: 'finding', schemaVersion: 1, severity: 'error', finding });
      // It may be revealed only behind the event that has it.
      new Secret(password).reveal();
      reports.write();
      const text = readFileSync(file, 'utf8');
      expect(text).not.toContain('tr0ub');
      expect(text).toContain('it said: (secret).');
    },
  );

  it('show data as it is besides: bytes, and what is absent', () => {
    const password = 'a password of bytes';
    new Secret(password).reveal();
    const binary = Buffer.from([0xff, 0x00, 0xfe]);
    expect(
      redactAll({
        absent: undefined,
        list: [1, `x ${password}`],
        binary,
        text: Buffer.from(`= ${password}`),
      }),
    ).toEqual({
      absent: undefined,
      list: [1, 'x (secret)'],
      binary,
      text: Buffer.from('= (secret)'),
    });
  });

  it('are different ones, however they are spelt', async () => {
    const twice = [`junit=${folder}/a`, `html=${folder}/./a`];
    await expect(openReports(told, twice)).rejects.toThrow(UsageError);
  });
});
