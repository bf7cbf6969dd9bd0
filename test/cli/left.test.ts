import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { resumed, whatIsLeft } from '../../src/cli/left.ts';
import { createLedger, type Standing } from '../../src/fleet/ledger.ts';
import { waiting } from '../../src/fleet/patience.ts';
import { limitTerms } from '../../src/inventory/patterns.ts';
import { readText } from '../../src/yaml/read.ts';
import { scratch } from '../support/confine.ts';

afterEach(() => vi.unstubAllEnvs());

const standing: Standing = { done: ['ns1'], failed: ['ns2'], inFlight: ['ns3'], untouched: ['ns4', 'ns5'] };
const byLimit = { by: '--limit' } as const;
const argv = ['apply', 'site.yml', '-i', 'inventory', '--yes'];

it('a ledger knows where each host is, from the first event to the last', () => {
  const { note, standing: now } = createLedger(['ns1', 'ns2', 'ns3']);
  expect(now()).toEqual({ done: [], failed: [], inFlight: [], untouched: ['ns1', 'ns2', 'ns3'] });
  note({ event: 'host-started', host: 'ns1' });
  note({ event: 'host-started', host: 'ns2' });
  note({ event: 'host-started', host: 'ns3' });
  note({ event: 'host-progress', host: 'ns3', step: waiting, detail: 'me' });
  note({ event: 'host-ended', host: 'ns2', outcome: { is: 'locked', reason: 'me' } });
  expect(now()).toEqual({ done: [], failed: ['ns2'], inFlight: ['ns1'], untouched: ['ns3'] });
  note({ event: 'host-ended', host: 'ns1', outcome: { is: 'committed' } });
  note({ event: 'host-ended', host: 'ns3', outcome: { is: 'pending' } });
  expect(now()).toEqual({ done: ['ns1'], failed: ['ns2'], inFlight: [], untouched: [] });
});

describe('what is left', () => {
  it('lies in a file that --limit reads, and the command names it', () => {
    const home = mkdtempSync(join(tmpdir(), 'left-'));
    vi.stubEnv('XDG_STATE_HOME', home);
    const left = whatIsLeft(standing, byLimit, argv);
    const file = left?.file ?? '';
    expect(file.slice(home.length)).toMatch(/^\/confine\/left\/\d{8}T\d{6}Z-[0-9a-f]{6}\.txt$/);
    expect(left?.resume).toBe(`confine ${argv.join(' ')} --limit @${file}`);
    expect(limitTerms(`@${file}`, readText)).toEqual(['ns2', 'ns3', 'ns4', 'ns5']);
    expect(readFileSync(file, 'utf8')).toContain('# not touched\nns4\nns5\n');
  });

  it('is kept of the newest 20 runs, and nothing else is touched', () => {
    const home = mkdtempSync(join(tmpdir(), 'left-'));
    vi.stubEnv('XDG_STATE_HOME', home);
    const folder = join(home, 'confine', 'left');
    mkdirSync(folder, { recursive: true });
    const earlier = Array.from(
      { length: 25 },
      (_, i) => `202601${String(i + 1).padStart(2, '0')}T000000Z-abcdef.txt`,
    );
    for (const it of [...earlier, 'mine.txt']) writeFileSync(join(folder, it), '');
    const left = whatIsLeft(standing, byLimit, argv);
    expect(readdirSync(folder).toSorted()).toEqual([
      ...earlier.slice(6),
      basename(left?.file ?? ''),
      'mine.txt',
    ]);
  });

  it('is in the command itself where no file can be written', () => {
    vi.stubEnv('XDG_STATE_HOME', scratch('no-folder', ''));
    expect(whatIsLeft(standing, byLimit, argv)).toMatchObject({
      file: undefined,
      resume: `confine ${argv.join(' ')} --limit ns2,ns3,ns4,ns5`,
    });
  });

  it('is nothing where all is done, and needs no list where every host failed', () => {
    const none = { done: [], failed: [], inFlight: [], untouched: [] };
    expect(whatIsLeft({ ...none, done: ['ns1'] }, byLimit, argv)).toBeUndefined();
    expect(whatIsLeft({ ...none, failed: ['ns1'] }, byLimit, argv)).toBeUndefined();
  });
});

describe('the command that goes on', () => {
  it.each([
    [['-l', 'all'], ''],
    [['--limit', 'a:!b', '-f', '5'], ' -f 5'],
    [['--limit=all'], ''],
    [['-e', '@vars.yml', '-e', 'x=1 y=2'], " -e @vars.yml -e 'x=1 y=2'"],
    [['-e', 'ansible_become_password=x'], " -e '…'"],
    [['--extra-vars={"token": 1}'], " '--extra-vars=…'"],
  ])('%j', (more, expected) => {
    expect(resumed(['apply', 'site.yml', ...more], byLimit, '@left')).toBe(
      `confine apply site.yml${expected} --limit @left`,
    );
  });

  it.each([
    [['undo', 'ns1', '-i', 'ns1'], 'undo @left -i ns1'],
    [['undo', '-i', 'ns1', 'ns1'], 'undo -i ns1 @left'],
    [['undo', '--yes', 'ns1'], 'undo --yes @left'],
  ])('%j', (args, expected) => {
    expect(resumed(args, { by: 'argument', pattern: 'ns1' }, '@left')).toBe(`confine ${expected}`);
  });
});
