import { describe, expect, it } from 'vitest';
import type { Event } from '../../src/events.ts';
import { githubAnnotations, githubSummary } from '../../src/report/github.ts';
import { applyRun, member, planOf, runWith } from '../support/fleet-run.ts';

const finding = (i: number, severity: 'error' | 'warning', message = `trouble ${i}`): Event => ({
  event: 'finding',
  schemaVersion: 1,
  severity,
  finding: { at: { file: 'books/a,b:c.yml', line: i, col: 2 }, message, hint: '100% sure' },
});

/** What the runner makes of a workflow command. */
function parsed(line: string) {
  const [, kind, properties = '', data = ''] = /^::(\w+) (.*?)::(.*)$/.exec(line) ?? [];
  const back = (text: string) =>
    text.replace(/%(0A|0D|3A|2C|25)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return {
    kind,
    message: back(data),
    ...Object.fromEntries(
      properties
        .split(',')
        .map((it) => it.split('='))
        .map(([key = '', of = '']) => [key, back(of)]),
    ),
  };
}

describe('annotations', () => {
  it('come back from the runner as they were', () => {
    const text = githubAnnotations(runWith('check', [], [finding(3, 'error', 'a: b,\r\nc')]));
    expect(parsed(text.trimEnd())).toEqual({
      kind: 'error',
      file: 'books/a,b:c.yml',
      line: '3',
      col: '2',
      title: 'confine: input',
      message: 'a: b,\r\nc\nnext: 100% sure',
    });
  });

  it('are the ten worst, and how many there are besides', () => {
    const warnings = Array.from({ length: 12 }, (_, i) => finding(i + 1, 'warning'));
    const lines = githubAnnotations(runWith('check', [], [...warnings, finding(99, 'error')]))
      .trimEnd()
      .split('\n');
    expect(lines.map((it) => parsed(it).kind)).toEqual([
      'error',
      ...Array<string>(9).fill('warning'),
      'notice',
    ]);
    expect(lines.at(-1)).toContain('3 more');
  });

  it('are none where nothing stands out', () => {
    expect(githubAnnotations(runWith('check', [], []))).toBe('');
  });
});

describe('the summary of the step', () => {
  it('counts hosts, and has the diff in a fence that nothing in it can end', () => {
    const plan = planOf('ns1', [{ is: 'unknown', reason: 'x\n````\n# injected' }]);
    const run = runWith(
      'plan',
      [member(0, 'ns1')],
      [
        { event: 'host-planned', host: 'ns1', plan },
        { event: 'host-ended', host: 'ns1', outcome: { is: 'pending' } },
      ],
    );
    const text = githubSummary(run);
    expect(text).toContain('**1** with changes pending');
    expect(text).toMatch(/\n`{5}diff\n[^]*\n# injected\n`{5}\n/);
  });

  it('takes text of hosts for text, and no Markdown or HTML', () => {
    const reason = '<img src=x> [a](javascript:x) | **b** `c`';
    const text = githubSummary(applyRun([{ is: 'undone', reason, log: [] }]));
    const row = text.split('\n').find((it) => it.includes('undone and healthy: ')) ?? '';
    expect(row).not.toMatch(/<img|\*\*|`|\[a\]|\]\(/);
    expect(row.split('|')).toHaveLength(6);
  });

  it('stays below what GitHub takes, and says what it leaves out', () => {
    const many = Array.from({ length: 9000 }, (_, i) => finding(i + 1, 'error', `${i} ${'é'.repeat(200)}`));
    const text = githubSummary(runWith('check', [], many));
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1024 * 1024);
    expect(text).toMatch(/\d+ more parts are left out/);
  });
});
