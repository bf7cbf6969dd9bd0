import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Event } from '../../../src/events.ts';
import { junit } from '../../../src/report/junit.ts';
import type { Run } from '../../../src/report/run.ts';
import { applyRun, dropIn, member, planOf, runWith, statusRun } from '../../support/fleet-run.ts';
import { shell } from '../../support/shell.ts';
import { tmpFolder } from '../../support/sshd.ts';

let folder: string;
beforeAll(() => {
  folder = tmpFolder('junit');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Has xmllint validate the report, and gives what XPath expressions find in it. */
function found(run: Run, ...paths: readonly string[]): readonly string[] {
  const file = join(folder, 'report.xml');
  writeFileSync(file, junit(run));
  shell('xmllint', ['--noout', '--nonet', '--schema', 'test/fixtures/junit-report.xsd', file]);
  return paths.map((it) => shell('xmllint', ['--nonet', '--xpath', it, file]).trim());
}

const counted = 'concat(/*/@tests, " ", /*/@failures, " ", /*/@errors)';
const resultsOf = (suite: number) =>
  `string(//testsuite[${suite}]/testcase[failure or error or skipped]/*[1]/@message)`;

describe('JUnit', () => {
  it('has a suite a host and a case a fact; what stands out is a failure, what is unknown an error', () => {
    const run = statusRun(500);
    const [suites, totals, unreachable, unconfined] = found(
      run,
      'count(//testsuite)',
      counted,
      'string(//testsuite[@name="ns045.ams.example.org"]/testcase[@name="answers, and ends as wanted"]/error/@message)',
      'string(//testsuite[@name="ns014.fra.example.org"]/testcase[@name="named"]/failure/@message)',
    );
    expect(suites).toBe('500');
    expect(totals).toMatch(/^\d+ \d+ \d+$/);
    expect(unreachable).toBe('unreachable: no answer within 10 s');
    expect(unconfined).toBe('named runs unconfined');
  });

  it('has the same counts as it has cases', () => {
    const [failures, told, errors, toldErrors] = found(
      statusRun(200),
      'count(//failure)',
      'string(/*/@failures)',
      'count(//error)',
      'string(/*/@errors)',
    );
    expect([told, toldErrors]).toEqual([failures, errors]);
  });

  it('takes changes that are planned for no failures, and those that were taken back for one', () => {
    const planned: Event = { event: 'host-planned', host: 'ns1', plan: planOf('ns1', [dropIn('yes')]) };
    const pending: Event = { event: 'host-ended', host: 'ns1', outcome: { is: 'pending' } };
    expect(found(runWith('plan', [member(0, 'ns1')], [planned, pending]), counted, resultsOf(1))).toEqual([
      '2 0 0',
      'changes are pending',
    ]);
    const undone = applyRun([{ is: 'undone', reason: 'a zone is lost', log: ['named: \u001b[31mno\u0000'] }]);
    expect(found(undone, counted, 'string(//failure/@message)')).toEqual([
      '2 1 0',
      'undone and healthy: a zone is lost',
    ]);
  });

  it('has a suite a file of what was checked', () => {
    const at = { file: 'playbooks/harden.yml', line: 3, col: 5 };
    const finding: Event = {
      event: 'finding',
      schemaVersion: 1,
      severity: 'error',
      finding: { at, message: 'unknown key "<a>"' },
    };
    const run = runWith('check', [], [finding]);
    expect(
      found(
        run,
        counted,
        'string(//testsuite[1]/@name)',
        'string(//failure/@message)',
        'string(//testsuite[2]/testcase/@name)',
      ),
    ).toEqual(['2 1 0', 'playbooks/harden.yml', 'unknown key "<a>"', 'is right']);
  });

  it('of a run that was cut off tells which hosts it did not come to', () => {
    const run = runWith('apply', [member(0, 'ns1')], []);
    expect(found(run, counted, resultsOf(1))).toEqual(['1 0 0', 'the run ended before']);
  });
});
