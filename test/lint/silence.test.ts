import { describe, expect, it } from 'vitest';
import { lintUnits, unitRules } from '../../src/lint/lint.ts';
import { silence, silencersOf, unusedSilencers } from '../../src/lint/silence.ts';
import { unitsOfFiles } from '../../src/lint/unit.ts';

const known = unitRules.map(({ id }) => id);

/** Rules that are still told of a drop-in, and what is said of its comments. */
function judged(text: string) {
  const path = 'named.service.d/50.conf';
  const found = lintUnits(unitsOfFiles([{ path, text }]));
  const texts = new Map([[path, text]]);
  const { errors, warnings } = silence(found, texts);
  return {
    told: [...errors, ...warnings].map(({ rule, at }) => `${at.line} ${rule}`),
    unused: unusedSilencers(found, texts, known).map(({ at, message }) => `${at.line}:${at.col} ${message}`),
  };
}

describe('a comment that allows what a rule forbids', () => {
  it.each([
    ['nothing', 'TasksMax=20', ['2 tasks-max-many-cores'], []],
    ['the line below', '# confine: allow tasks-max-many-cores\nTasksMax=20', [], []],
    ['an error, too', '; confine: allow private-network\nPrivateNetwork=yes', [], []],
    [
      'over other comments',
      '# confine: allow tasks-max-many-cores\n# measured here: 11 threads\n\nTasksMax=20',
      [],
      [],
    ],
    [
      'several rules at once',
      '# confine: allow core-with-keys, filter-denies-user-change\nSystemCallFilter=~capset',
      [],
      [],
    ],
    [
      'another rule',
      '# confine: allow private-network\nTasksMax=20',
      ['3 tasks-max-many-cores'],
      ['2:18 nothing here breaks the rule private-network'],
    ],
    [
      'a line further away',
      '# confine: allow tasks-max-many-cores\nUMask=0027\nTasksMax=20',
      ['4 tasks-max-many-cores'],
      ['2:18 nothing here breaks the rule tasks-max-many-cores'],
    ],
    ['a rule that is none', '# confine: allow task-max\nUMask=0027', [], ['2:18 there is no rule task-max']],
    [
      'a comment about it',
      '# confine would allow tasks-max-many-cores\nTasksMax=20',
      ['3 tasks-max-many-cores'],
      [],
    ],
  ])('%s', (_, text, told, unused) => {
    expect(judged(`[Service]\n${text}\n`)).toEqual({ told, unused });
  });

  it('stands behind a value in YAML', () => {
    const text =
      'a: 1 # confine: allow private-network\n# confine: allow unknown-key\nb: "# confine: allow x"\n';
    expect(silencersOf('p.yml', text).map(({ line, rules }) => [line, rules.map(({ id }) => id)])).toEqual([
      [1, ['private-network']],
      [3, ['unknown-key']],
    ]);
  });
});
