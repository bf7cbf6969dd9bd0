import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { modules } from '../../modules/index.ts';
import type { BindConfig } from '../../src/bind/config.ts';
import { HostName, UnitName } from '../../src/brand.ts';
import { adviseFor, type Advice, type Sight } from '../../src/init/advice.ts';
import { exampleGroups, exampleVars } from '../../src/init/example.ts';
import { groupsOf, inventoryText, playbookText, type Group } from '../../src/init/render.ts';
import { loadInventory } from '../../src/inventory/load.ts';
import { unknown, value } from '../../src/observe/observation.ts';
import { rejectConflicts } from '../../src/plan/offline.ts';
import { compile } from '../../src/playbook/compile.ts';
import { bindConfig, start } from '../support/named-start.ts';

const options = 'options { directory "/var/cache/bind"; };';
const config = (text: string, more: Partial<BindConfig> = {}) =>
  value(bindConfig(`${options}\n${text}`, more));

const facts = {
  os: 'debian',
  release: 'bookworm',
  version: '12',
  kernel: '6.1',
  systemd: true,
  bootId: 'b',
  cores: 2,
  named: [],
  lsm: ['lockdown', 'capability', 'apparmor'],
  architecture: 'x86_64',
  root: true,
  unfinished: [],
  holder: undefined,
  untold: [],
};
const profile = (mode: string, label: string) =>
  value({
    is: 'defined',
    header: { name: 'named', attach: '/usr/sbin/named', flags: [] },
    loaded: value({ name: 'named', mode, attach: '/usr/sbin/named', hash: '', raw: '' }),
    processes: [{ pid: 1, label, unit: 'named.service' }],
  }) as unknown as Sight['profile'];

const sight = (more: Partial<Sight> = {}): Sight => ({
  facts,
  unit: 'named.service',
  profile: profile('complain', 'named (complain)'),
  config: config(''),
  ...more,
});
const noAppArmor = { profile: unknown('the kernel runs without AppArmor') };

describe('advice by what was seen', () => {
  it.each<readonly [string, Partial<Sight>, readonly [Advice['apparmor']['is'], Advice['sandbox']['is']]]>([
    ['Debian as it comes', {}, ['complain', 'strict']],
    ['a profile in force stays', { profile: profile('enforce', 'named (enforce)') }, ['enforce', 'strict']],
    [
      'in force, but named runs without it',
      { profile: profile('enforce', 'unconfined') },
      ['complain', 'strict'],
    ],
    ['no AppArmor', noAppArmor, ['none', 'strict']],
    ['no systemd', { facts: { ...facts, systemd: false } }, ['complain', 'none']],
    ['neither', { facts: { ...facts, systemd: false }, ...noAppArmor }, ['none', 'firejail']],
    ['a chroot', { config: config('', { start: { ...start, root: '/srv/chroot' } }) }, ['complain', 'none']],
    [
      'an unmeasured feature',
      { config: config('tls "t" { key-file "/etc/bind/k"; };') },
      ['complain', 'baseline'],
    ],
    [
      'zones at home',
      { config: config('zone "z" { type primary; file "/home/dns/z/db"; };') },
      ['complain', 'baseline'],
    ],
    ['nothing known of its data', { config: unknown('named-checkconf: broken') }, ['complain', 'baseline']],
  ])('%s', (_, more, [apparmor, sandbox]) => {
    const advice = adviseFor(sight(more));
    expect([advice.apparmor.is, advice.sandbox.is]).toEqual([apparmor, sandbox]);
  });

  it('places outside the packaged profile become rules, and those outside the tier are made writable', () => {
    const zones =
      'zone "a" { type primary; file "/srv/zones/a"; }; zone "b" { type secondary; file "/srv/sec/b"; };' +
      'zone "c" { type primary; file "/etc/bind/dyn/c"; update-policy local; };';
    const strict = adviseFor(sight({ config: config(zones) }));
    expect(strict.rules).toEqual([
      '/srv/zones/ r,',
      '/srv/zones/** r,',
      '/etc/bind/dyn/ rw,',
      '/etc/bind/dyn/** rw,',
      '/srv/sec/ rw,',
      '/srv/sec/** rw,',
    ]);
    expect(strict.writable).toEqual(['/etc/bind/dyn', '/srv/sec']);
    const baseline = adviseFor(sight({ config: config(`${zones} dlz "d" { database "x"; };`) }));
    expect(baseline.writable).toEqual(['/etc/bind/dyn']);
  });

  it('a file that is written where it should not be is told of, and the folder stays closed', () => {
    const { rules, writable, warnings, sandbox } = adviseFor(
      sight({ config: config('zone "z" { type primary; file "/etc/bind/db.z"; update-policy local; };') }),
    );
    expect([...rules, ...writable]).toEqual([]);
    expect(sandbox.is).toBe('baseline');
    expect(warnings.join()).toContain('named writes /etc/bind/db.z');
  });

  it('a name that a rule would read as a pattern is left to a person', () => {
    const { rules, writable, warnings } = adviseFor(
      sight({ config: config('zone "z" { type secondary; file "/srv/my zones{1}/z"; };') }),
    );
    expect([...rules, ...writable]).toEqual([]);
    expect(warnings.join()).toContain('no rule is proposed for /srv/my zones{1}');
  });
});

const host = (name: string) => HostName.parse(name);

it('hosts with equal advice share a group, named for what it gets', () => {
  const [plain, none] = [adviseFor(sight()), adviseFor(sight(noAppArmor))];
  const home = adviseFor(sight({ config: config('zone "z" { type primary; file "/srv/z/db"; };') }));
  expect(
    groupsOf([
      { host: host('b'), advice: plain },
      { host: host('c'), advice: none },
      { host: host('a'), advice: plain },
      { host: host('d'), advice: home },
    ]).map(({ name, hosts }) => [name, hosts]),
  ).toEqual([
    ['bind_apparmor_strict', ['a', 'b']],
    ['bind_strict', ['c']],
    ['bind_apparmor_strict_2', ['d']],
  ]);
});

const tasksOf = async (groups: readonly Group[], vars = {}) => {
  const folder = mkdtempSync(join(tmpdir(), 'confine-init-'));
  const at = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const hosts = await compile({
    playbooks: [at('playbook.yml', playbookText(groups, 'a test'))],
    inventory: loadInventory([at('inventory.yml', inventoryText(groups, vars, 'a test'))]),
    modules,
  });
  rejectConflicts(hosts, modules);
  return Object.fromEntries(hosts.map((it) => [it.host, it.tasks.map(({ module }) => module)]));
};

it('what is written is right, whatever was seen', async () => {
  const sights: readonly Partial<Sight>[] = [
    {},
    noAppArmor,
    { facts: { ...facts, systemd: false }, ...noAppArmor },
    { config: unknown('named-checkconf: it\'s "broken": {{ x }} #1') },
    { config: config('zone "z" { type secondary; file "/srv/it/s+z.db"; }; dnstap-output file "/x";') },
  ];
  const groups = groupsOf(sights.map((it, i) => ({ host: host(`ns${i}`), advice: adviseFor(sight(it)) })));
  const sandboxed = ['systemd_sandbox', 'service'];
  expect(await tasksOf(groups, { ansible_user: "o'hara", ansible_become: true })).toEqual({
    ns0: ['package', 'auditd', 'apparmor_mode', ...sandboxed],
    ns1: ['package', ...sandboxed],
    ns2: ['package'],
    ns3: ['package', 'auditd', 'apparmor_mode', ...sandboxed],
    ns4: ['package', 'auditd', 'apparmor_override', 'apparmor_mode', ...sandboxed],
  });
});

const own = { ...start, unit: UnitName.parse('bind-opt.service'), binary: '/opt/bind/sbin/named' };
const ofOwn: Partial<Sight> = { unit: own.unit, config: config('', { start: own }) };

it('a BIND of another unit has tasks for that unit, and no profile that does not attach to it', async () => {
  const advice = adviseFor(sight(ofOwn));
  expect(advice.apparmor).toEqual({
    is: 'none',
    why: 'no profile attaches to /opt/bind/sbin/named, which bind-opt.service starts: apparmor_exec puts it under one, with its own paths',
  });
  const text = playbookText(groupsOf([{ host: host('ns1'), advice }]), 'x');
  expect(text).toContain('unit: bind-opt.service, enabled: true');
  expect(text).toMatch(/systemd_sandbox:\n +tier: strict\n +unit: bind-opt\.service/);
  expect(text).not.toContain('named.service');
});

it('the example is right', async () => {
  const module = ['package', 'auditd', 'apparmor_override', 'apparmor_mode', 'systemd_sandbox', 'service'];
  expect(await tasksOf(exampleGroups, exampleVars)).toEqual({
    'ns1.example.org': module,
    'ns2.example.org': module,
  });
});
