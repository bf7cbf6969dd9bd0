import { describe, expect, it } from 'vitest';
import type { Event, HostOutcome } from '../../src/events.ts';
import { earlierText } from '../../src/fleet/earlier.ts';
import { palette } from '../../src/report/palette.ts';
import { terminalRenderer } from '../../src/report/terminal.ts';

/** What a person reads of hosts that end so. */
function shown(outcomes: Readonly<Record<string, HostOutcome>>, verbose = false): string {
  const lines: string[] = [];
  const render = terminalRenderer(
    { out: (text) => lines.push(text), err: (text) => lines.push(text) },
    palette(false),
    verbose,
  );
  const ends = Object.entries(outcomes).map(([host, outcome]): Event => ({
    event: 'host-ended',
    host,
    outcome,
  }));
  for (const event of [...ends, { event: 'run-ended', exit: 0, seconds: 1 } as const]) render(event);
  return lines.join('\n');
}

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
