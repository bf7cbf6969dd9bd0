import { expect, it } from 'vitest';
import { gitlab } from '../../src/report/gitlab.ts';
import { member, runWith, statusRun } from '../support/fleet-run.ts';

interface Entry {
  readonly description: string;
  readonly check_name: string;
  readonly fingerprint: string;
  readonly severity: string;
  readonly location: { readonly path: string; readonly lines: { readonly begin: number } };
}

const entries = (text: string): readonly Entry[] => JSON.parse(text) as readonly Entry[];

it('every entry has what GitLab requires, and a fingerprint of its own', () => {
  const all = entries(gitlab(statusRun(500)));
  expect(all.length).toBeGreaterThan(5);
  for (const it of all) {
    expect(Object.keys(it)).toEqual(['description', 'check_name', 'fingerprint', 'severity', 'location']);
    expect(it.severity).toMatch(/^(info|minor|major|critical|blocker)$/);
    expect(it.location.path).toMatch(/^(playbooks|inventory)\/\w+\.yml$/);
    expect(it.location.lines.begin).toBeGreaterThan(0);
  }
  expect(new Set(all.map(({ fingerprint }) => fingerprint)).size).toBe(all.length);
});

it('what no file says anything of stands at the first line of what the run was given', () => {
  const nowhere = { ...member(0), at: undefined };
  const run = runWith(
    'apply',
    [nowhere],
    [{ event: 'host-ended', host: nowhere.host, outcome: { is: 'untouched', because: 'interrupted' } }],
  );
  expect(entries(gitlab(run))).toMatchObject([
    { severity: 'minor', location: { path: 'playbooks/harden.yml', lines: { begin: 1 } } },
  ]);
});

it('nothing is an empty list', () => {
  expect(gitlab(runWith('check', [], []))).toBe('[]\n');
});
