import { chmodSync, readFileSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import type { HostDenials } from '../../src/audit/propose.ts';
import type { HostName, ProfileName } from '../../src/brand.ts';
import { inventoryOf } from '../../src/cli/given-inventory.ts';
import { proposeOverrides, tasksIn } from '../../src/cli/propose.ts';
import { files } from '../golden/files.ts';
import { access } from './records.ts';

const named = 'named' as ProfileName;
const hosts: readonly HostDenials[] = ['ns1', 'ns2', 'ns3', 'ns4'].map((host) => ({
  host: host as HostName,
  records: [access('/srv/bind/db.x', 'r'), access('/etc/shadow', 'r')],
  needs: [],
  rules: [],
}));

const inventory = `all:
  children:
    first: { hosts: { ns1: {}, ns2: {} } }
    second: { hosts: { ns3: {} } }
    third: { hosts: { ns4: {} } }
`;
const override = `# Ours
- hosts: first
  tasks:
    - apparmor_override: { profile: named, rules: ['/srv/a r,'] }
    - apparmor_override:
        profile: /usr/sbin/named
        block: zones
        rules:
          - '/srv/b r,'
`;
const mode = `- hosts: second
  tasks:
    - name: Enforce
      apparmor_mode: { profile: named, mode: enforce }
- hosts: third
  tasks:
    - service: { unit: named.service, enabled: true, state: running }
`;

afterEach(() => {
  vi.restoreAllMocks();
});

/** What a run printed, and said to people. */
async function run(folder: string, options: object, books = ['a.yml', 'b.yml']) {
  const printed: string[] = [];
  const said: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(String(text)) > 0);
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
  const given = books.map((it) => join(folder, it));
  const all = { inventory: [join(folder, 'i.yml')], ...options };
  const code = proposeOverrides(named, hosts, await tasksIn(given, all, inventoryOf(all)), all);
  vi.restoreAllMocks();
  return { code, printed: printed.join(''), said: said.join('') };
}

const site = () => files({ 'i.yml': inventory, 'a.yml': override, 'b.yml': mode });
const provenance = '2 denials, 2026-11-23';

it('rules go to the task that applies to the hosts, or before the one that sets the mode', async () => {
  const folder = site();
  chmodSync(join(folder, 'a.yml'), 0o640);
  symlinkSync('b.yml', join(folder, 'c.yml'));
  const { code, printed, said } = await run(folder, {}, ['a.yml', 'c.yml']);
  expect(code).toBe(0);
  expect(readFileSync(join(folder, 'a.yml'), 'utf8')).toBe(
    `${override}          # ns1, ns2: ${provenance}\n          - '/srv/bind/db.x r,'\n`,
  );
  expect(readFileSync(join(folder, 'b.yml'), 'utf8')).toContain(
    `    - name: What named needs besides its packaged profile
      apparmor_override:
        profile: named
        rules:
          # ns3: 1 denial, 2026-11-23
          - '/srv/bind/db.x r,'
    - name: Enforce
`,
  );
  expect(statSync(join(folder, 'a.yml')).mode & 0o777).toBe(0o640);
  expect(readdirSync(folder).toSorted()).toEqual(['a.yml', 'b.yml', 'c.yml', 'i.yml']);
  expect(printed).toContain("+          - '/srv/bind/db.x r,'");
  expect(printed).toContain('# ns4: 1 denial, 2026-11-23\n/srv/bind/db.x r,\n');
  expect(said).toContain('ns4: no task of its plays is about the profile named');
  expect(said).toContain('not proposed: /etc/shadow r');
});

it('writing twice changes nothing', async () => {
  const folder = site();
  await run(folder, {});
  const once = ['a.yml', 'b.yml'].map((it) => readFileSync(join(folder, it), 'utf8'));
  expect(await run(folder, { detailedExitcode: true }, ['a.yml'])).toMatchObject({
    printed: expect.any(String),
  });
  await run(folder, {});
  expect(['a.yml', 'b.yml'].map((it) => readFileSync(join(folder, it), 'utf8'))).toEqual(once);
});

it('--check only shows it, and --json says it to machines', async () => {
  const folder = site();
  const { code, printed } = await run(folder, { check: true, json: true, detailedExitcode: true });
  expect(code).toBe(10);
  expect(readFileSync(join(folder, 'a.yml'), 'utf8')).toBe(override);
  const events: unknown[] = printed
    .trimEnd()
    .split('\n')
    .map((it) => JSON.parse(it));
  expect(events).toMatchObject([
    {
      event: 'proposal',
      schemaVersion: 1,
      profile: 'named',
      hosts: ['ns1', 'ns2'],
      at: { line: 5 },
      rules: [{ text: '/srv/bind/db.x r,', from: { hosts: ['ns1', 'ns2'], count: 2 } }],
      notProposed: [{ what: '/etc/shadow r' }],
    },
    { event: 'proposal', hosts: ['ns3'] },
    { event: 'proposal', hosts: ['ns4'], at: null },
    { event: 'playbook-changed', written: false, diff: expect.stringContaining('+          # ns1, ns2') },
    { event: 'playbook-changed', file: join(folder, 'b.yml') },
    { event: 'by-hand', at: null, rules: ['/srv/bind/db.x r,'] },
  ]);
});

it('without a playbook the rules are printed, to copy', async () => {
  const { printed } = await run(site(), {}, []);
  expect(printed).toBe('# 4 hosts: 4 denials, 2026-11-23\n/srv/bind/db.x r,\n');
});
