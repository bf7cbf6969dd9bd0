import { describe, expect, it } from 'vitest';
import { HostName } from '../../src/brand.ts';
import type { HostOutcome } from '../../src/events.ts';
import { earlierText } from '../../src/fleet/earlier.ts';
import { palette } from '../../src/report/palette.ts';
import { terminalRenderer, type Manner } from '../../src/report/terminal.ts';
import type { RolloutSummary } from '../../src/rollout/summary.ts';
import { golden } from '../golden/golden.ts';
import { hostPlan } from '../support/plan.ts';
import { end, hosts, look, over, planned, start, started, step, type Timed } from './run.ts';

/** What a person reads of a run: stdout and stderr as a terminal has them. */
function told(events: readonly Timed[], manner: Partial<Manner> = {}): string {
  const lines: string[] = [];
  let now = 0;
  const renderer = terminalRenderer(
    { out: (text) => lines.push(text), err: (text) => lines.push(text) },
    palette(false),
    { detail: 'normal', live: false, now: () => now, ...manner },
  );
  for (const [at, event] of events) {
    now = at;
    renderer.emit(event);
  }
  return lines.join('\n');
}

/** The same of hosts that end so. */
const shown = (outcomes: Readonly<Record<string, HostOutcome>>, verbose = false): string =>
  told(
    [...Object.entries(outcomes).map(([host, outcome]) => end(0, host, outcome)), over(1)],
    verbose ? { detail: 'verbose' } : {},
  );

describe('the end of a host', () => {
  const stack = 'TypeError: x is not a function\n    at plan.ts:1:1';
  const crashed: HostOutcome = { is: 'crashed', reason: 'x is not a function', stack };

  it('that was a defect of confine says so, and where on demand', () => {
    expect(shown({ ns1: crashed })).toBe(
      'ns1: confine failed: x is not a function\n  = this is a defect of confine; -v shows where\n1 where confine failed in 1.0 s',
    );
    expect(shown({ ns1: crashed }, true)).toContain('  |     at plan.ts:1:1\n');
  });

  it('without a turn is listed once for all', () => {
    const untouched = { is: 'untouched', because: 'interrupted' } as const;
    expect(shown({ ns2: untouched, ns1: { is: 'in-sync' }, ns3: untouched })).toBe(
      'ns1: in sync\nnot touched: ns2, ns3\n1 in sync, 2 not touched in 1.0 s',
    );
  });

  it('that nobody saw says where it will be found', () => {
    const hint = 'confine status shows it';
    expect(shown({ ns1: { is: 'unknown', reason: 'the host closed the connection', hint } })).toBe(
      'ns1: how it ended is not known: the host closed the connection\n  = confine status shows it\n1 whose end is not known in 1.0 s',
    );
  });

  it('of an earlier run is told with who, when and from which commit', () => {
    const it = { id: 'x', outcome: 'undone', reason: 'no zone', who: 'me@there', commit: 'c0ffee', at: 0 };
    expect(earlierText(it)).toBe(
      'an earlier run by me@there from commit c0ffee ended at 1970-01-01T00:00Z: undone, DNS answers as before: no zone (transaction x)',
    );
  });

  it('that its facts rejected points into the playbook', () => {
    const at = { file: 'play.yml', line: 4, col: 13 };
    expect(shown({ ns1: { is: 'rejected', diagnostics: [{ at, message: 'no such fact' }] } })).toContain(
      'ns1: rejected\nplay.yml:4:13: no such fact\n',
    );
  });
});

/** 30 hosts: most need the same, some something else, some are in sync, and three can't be reached. */
const mixed: readonly Timed[] = [
  started('plan', hosts(30)),
  ...hosts(30).flatMap((host, i): readonly Timed[] => {
    if (i === 4 || i === 8 || i === 9)
      return [
        look(0, host),
        end(10, host, {
          is: 'unreachable',
          failure: 'timeout',
          reason: 'no answer within 10 s',
          hint: 'is it up?',
        }),
      ];
    if (i % 10 === 0) return [look(0, host), planned(1, host), end(1, host, { is: 'in-sync' })];
    const tools = i === 13 ? 'apparmor-utils' : 'auditd';
    const odd: Timed = [1, { event: 'warning', host, message: 'its unit has TasksMax=20' }];
    return [look(0, host), planned(1, host, tools), odd, end(1, host, { is: 'pending' })];
  }),
  over(10.4, 'confine apply site.yml -i inventory'),
];

/** An apply on four hosts: two the same, one undone, one that finds other changes behind its packages. */
const applied: readonly Timed[] = [
  started('apply', hosts(4)),
  ...hosts(4).flatMap((host) => [look(0, host), planned(1, host, 'auditd')]),
  ...hosts(4).flatMap((host, i): readonly Timed[] => [
    start(2, host),
    step(2, host, 'phase', 'checking'),
    step(3, host, 'packages', 'auditd'),
    ...(i === 3 ? [planned(4, host, 'libaudit1')] : []),
    step(5, host, 'restart', 'named.service'),
    end(
      9,
      host,
      i === 2
        ? {
            is: 'undone',
            reason: 'named.service does not run: exit-code',
            log: Array.from({ length: 25 }, (_, n) => `line ${n + 1}`),
            hint: 'on the host, journalctl -u named.service says why',
          }
        : { is: 'committed' },
    ),
  ]),
  over(9, 'confine apply site.yml -i inventory --limit @left.txt'),
];

const manners: readonly (readonly [string, Partial<Manner>])[] = [
  ['as lines', {}],
  ['beside a live view', { live: true }],
  ['with -q', { detail: 'quiet' }],
  ['with -v', { detail: 'verbose' }],
];

describe('why a host was left alone is said once', () => {
  const refused = {
    is: 'refused',
    reason: 'Relax all: unknown: no AppArmor',
    hint: 'nothing is changed',
  } as const;
  const blocked = (file: string): Timed => [
    0,
    {
      event: 'host-planned',
      host: 'ns1',
      plan: hostPlan('ns1', {
        tasks: [
          {
            name: 'Relax all',
            module: 'relax',
            at: { file, line: 1, col: 1 },
            result: { is: 'unknown', reason: 'no AppArmor' },
          },
        ],
        state: 'blocked',
      }),
    },
  ];
  const ended = 'ns1: refused: Relax all: unknown: no AppArmor\n  = nothing is changed';

  it.each([
    ['no file', 'confine relax', ended],
    ['a playbook', 'site.yml', `${ended}\nns1\n  ? Relax all (relax): unknown: no AppArmor\n`],
  ])('where the task stands in %s', (_, file, text) => {
    for (const detail of ['quiet', 'normal'] as const)
      expect(told([blocked(file), end(1, 'ns1', refused), over(1)], { detail })).toBe(
        `${text}\n1 refused in 1.0 s`,
      );
  });

  it('in a rollout', () => {
    const unreachable = { is: 'unreachable', failure: '', reason: 'no answer', hint: 'is it up?' } as const;
    const summary: RolloutSummary = {
      name: 'R',
      is: 'running',
      paused: undefined,
      waves: [{ wave: '100%', hosts: 3, stages: { unseen: 3 } }],
      blocks: [
        { kind: 'unseen', what: 'no answer', command: undefined, hosts: [HostName.parse('ns1')] },
        { kind: 'unseen', what: 'its state', command: undefined, hosts: [HostName.parse('ns3')] },
      ],
      due: [],
      hosts: [],
    };
    expect(told([end(0, 'ns1', unreachable), [1, { event: 'rollout', summary, next: [] }]])).toBe(
      [
        'ns1: unreachable: no answer\n  = is it up?',
        'rollout R: in progress, 0 of 3 hosts done\n',
        'wave    hosts  not seen\n1 100%  3      3\n',
        'not seen      1 host  its state (ns3)',
      ].join('\n'),
    );
  });
});

describe('a run over many hosts', () => {
  it.each([
    ['told-plan', mixed, manners.slice(0, 3)],
    ['told-apply', applied, manners],
  ])('tells the same once: %s', (name, events, how) => {
    const text = how.map(([title, manner]) => `# ${title}\n${told(events, manner)}`).join('\n\n');
    expect(text).toBe(golden(name, text));
  });

  it('tells all that it held back before somebody is asked', () => {
    const lines: string[] = [];
    const renderer = terminalRenderer({ out: (text) => lines.push(text), err: () => {} }, palette(false), {
      detail: 'normal',
      live: true,
      now: () => 0,
    });
    for (const host of hosts(4)) renderer.emit(planned(0, host, 'auditd')[1]);
    expect(lines).toEqual([]);
    renderer.settle();
    expect(lines).toEqual(['ns[0001:0004] (4 hosts)\n  ~ Tools (package)\n    install package auditd\n']);
  });
});
