import { describe, expect, it } from 'vitest';
import { columns } from '../../src/report/columns.ts';
import { frame, lively, noLive, type Live } from '../../src/report/live.ts';
import { palette } from '../../src/report/palette.ts';
import { golden } from '../golden/golden.ts';
import { end, hosts, look, over, planned, start, started, step, type Timed } from './run.ts';

const run = (events: readonly Timed[]): Live =>
  events.reduce((live, [at, it]) => lively(live, it, at), noLive);

const screen = { columns: 80, rows: 24 };
const shown = (events: readonly Timed[], now: number, size = screen): string =>
  frame(run(events), now, size, palette(false));

/** A run of so many hosts, 20 at once, in the middle of its changes: every tenth was in sync, every hundredth failed. */
function middle(count: number): readonly Timed[] {
  const all = hosts(count);
  const differ = all.filter((_, i) => i % 10 !== 9);
  const half = differ.slice(0, Math.floor(differ.length / 2));
  return [
    started('apply', all),
    ...all.flatMap((host, i) => [
      look(1, host),
      planned(2, host, i % 10 === 9 ? undefined : 'auditd'),
      ...(i % 10 === 9 ? [end(2, host, { is: 'in-sync' })] : []),
    ]),
    ...half.flatMap((host, i) => [
      start(10, host),
      step(11, host, 'place', '3 files'),
      end(
        20,
        host,
        i % 100 === 50 ? { is: 'undone', reason: 'zone example.test is lost', log: [] } : { is: 'committed' },
      ),
    ]),
    ...differ
      .slice(half.length, half.length + 20)
      .flatMap((host, i) => [start(20 + i, host), step(21 + i, host, 'restart', 'named.service')]),
  ];
}

const stories: readonly (readonly [string, readonly Timed[], number])[] = [
  ['1 host that is looked at', [started('plan', hosts(1)), look(0, 'ns0001')], 3.2],
  [
    '1 host that is changed',
    [
      started('apply', hosts(1)),
      look(0, 'ns0001'),
      planned(1, 'ns0001', 'auditd'),
      start(5, 'ns0001'),
      step(6, 'ns0001', 'phase', 'checking'),
      step(7, 'ns0001', 'profile', 'named enforce'),
    ],
    75,
  ],
  [
    '3 hosts: one waits for a lock, one has failed, one is done',
    [
      started('apply', hosts(3)),
      ...hosts(3).flatMap((host) => [look(0, host), planned(1, host, 'auditd')]),
      start(2, 'ns0001'),
      step(2, 'ns0001', 'waiting', 'alice@ws since 08:00'),
      start(2, 'ns0002'),
      end(9, 'ns0002', { is: 'undone', reason: 'named.service does not run', log: ['a', 'b'] }),
      end(9, 'ns0003', { is: 'committed' }),
    ],
    12,
  ],
  [
    '300 hosts that are looked at, some not to be reached',
    [
      started('plan', hosts(300)),
      ...hosts(120).map((host) => look(1, host)),
      ...hosts(100).map((host, i) =>
        end(
          2,
          host,
          i < 5
            ? { is: 'unreachable', failure: 'timeout', reason: 'no answer within 10 s', hint: undefined }
            : { is: 'in-sync' },
        ),
      ),
    ],
    4,
  ],
  ['1,000 hosts in the middle of an apply', middle(1000), 62],
  [
    'a status, whose hosts only answer',
    [
      started('status', hosts(40)),
      ...hosts(30).map((host) => look(0, host)),
      ...hosts(10).map((host): Timed => [1, { event: 'host-look', host, state: 'over' }]),
    ],
    2,
  ],
  [
    'a batch',
    [
      started('apply', hosts(4)),
      ...hosts(4).flatMap((host) => [look(0, host), planned(1, host, 'auditd')]),
      [2, { event: 'batch-started', batch: 2, of: 3, hosts: ['ns0001', 'ns0002'] }],
      start(2, 'ns0001'),
    ],
    3,
  ],
];

describe('the live view', () => {
  it('is a few lines, for 1 host and for 1,000', () => {
    const text = stories.map(([title, events, now]) => `# ${title}\n${shown(events, now)}`).join('\n\n');
    expect(text).toBe(golden('live', text));
  });

  it('fits the terminal, however small, line by line', () => {
    for (const [, events, now] of stories)
      for (const size of [
        { columns: 20, rows: 4 },
        { columns: 40, rows: 2 },
        { columns: 300, rows: 100 },
      ]) {
        const lines = shown(events, now, size).split('\n');
        expect(Math.max(...lines.map(columns))).toBeLessThan(size.columns);
        expect(lines.length).toBeLessThanOrEqual(Math.max(1, size.rows / 2));
      }
  });

  it('never lets a reason steer the terminal', () => {
    const events = [
      started('plan', ['ns1']),
      end(1, 'ns1', { is: 'failed', reason: 'x\x1b[2J\ny', hint: undefined }),
    ];
    expect(shown(events, 1)).toContain('x\\u001b[2J\\u000ay');
  });

  it('takes a host that is looked at twice for one', () => {
    const twice = hosts(10).flatMap((host): readonly Timed[] => [
      look(0, host),
      [1, { event: 'host-look', host, state: 'over' }],
    ]);
    expect(shown([started('rollout advance', hosts(10)), ...twice, ...twice], 2)).toContain('10 of 10');
  });

  it('holds of a run no more than it shows', () => {
    const live = run([...middle(1000), over(90)]);
    expect(live.busy.size).toBe(20);
    expect(live.failures).toHaveLength(3);
    expect(live.ended).toBe(100 + 450);
  });
});
