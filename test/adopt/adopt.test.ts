import { mkdtempSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { modules } from '../../modules/index.ts';
import { adoptedInventory, adoptedPlaybook } from '../../src/adopt/render.ts';
import { adoptionOf, type Adoption } from '../../src/adopt/share.ts';
import { HostName } from '../../src/brand.ts';
import { loadInventory } from '../../src/inventory/load.ts';
import { rejectConflicts } from '../../src/plan/offline.ts';
import { compile } from '../../src/playbook/compile.ts';
import { adoptionText } from '../../src/report/adopt-text.ts';
import { golden } from '../golden/golden.ts';
import { adopted, planOn, type Host } from './world.ts';

const told = (host: Host) => {
  const { things, notes, pending } = adopted(host);
  return {
    declared: things.map((it) => it.id),
    notes: notes.map(({ at, text }) => `${at}: ${text}`),
    pending: pending.map(({ at, text }) => `${at}: ${text}`),
  };
};
const service = 'service named.service true true';

describe('what of a host is declared', () => {
  it.each<readonly [string, Host, readonly string[]]>([
    ['Debian as it comes', {}, ['apparmor_mode named']],
    ['packages', { packages: ['auditd', 'firejail'] }, ['package', 'apparmor_mode named']],
    [
      'rules',
      { local: '# BEGIN ANSIBLE MANAGED BLOCK\n/srv/{a,b}/** r,\n# END ANSIBLE MANAGED BLOCK\n' },
      ['apparmor_override named', 'apparmor_mode named'],
    ],
    [
      'complain by a link',
      { mode: 'complain', links: { 'force-complain': '/etc/apparmor.d/usr.sbin.named' } },
      ['apparmor_mode named'],
    ],
    ['disabled', { mode: undefined, links: { disable: '../usr.sbin.named' } }, ['apparmor_mode named']],
    [
      'a drop-in',
      { dropIns: { '50-a': '# mine\n[Service]\nNice=5\nUMask=0027\n' } },
      ['apparmor_mode named', 'systemd_dropin named.service 50-a'],
    ],
    [
      'a block of several words, which no playbook of confine owns',
      { local: '# BEGIN site rules\n/a r,\n# END site rules\n' },
      ['apparmor_override named', 'apparmor_mode named'],
    ],
    ['no AppArmor', { appArmor: false }, []],
  ])('%s', (_, host, declared) => {
    expect(told(host)).toEqual({ declared: [...declared, service], notes: [], pending: [] });
  });

  it.each<readonly [string, Host, RegExp]>([
    [
      'a mode that aa-complain wrote into the profile',
      { flags: ['complain'], mode: 'complain' },
      /^\/etc\/apparmor\.d\/usr\.sbin\.named: apparmor_mode \(complain\) would change the host: write \/etc\/apparmor\.d\/usr\.sbin\.named, link .*force-complain/,
    ],
    [
      'files that say complain under a kernel that enforces',
      { links: { 'force-complain': '../usr.sbin.named' } },
      /force-complain\/usr\.sbin\.named: .*load profile named: enforce -> complain/,
    ],
    ['a profile that is not loaded', { mode: undefined }, /the kernel does not have the profile loaded/],
    [
      'a drop-in that others than root can write',
      { dropIns: { '50-a': '[Service]\nNice=5\n' }, owner: ['0644', 'deploy', 'root'] },
      /50-a\.conf: .*write .*50-a\.conf/,
    ],
    [
      'a line that systemd passes over',
      { dropIns: { '50-a': '[Service]\nNice=5\nNoNewPrivileges yes\n' } },
      /50-a\.conf:3: systemd passes over this line/,
    ],
    [
      'a setting that systemd does not know',
      { dropIns: { '50-a': '[Service]\nNoNewPrivilege=yes\n' } },
      /50-a\.conf: settings\.Service: .*NoNewPrivilege/,
    ],
    [
      'a capability that there is not',
      { dropIns: { '50-a': '[Service]\nCapabilityBoundingSet=CAP_X\n' } },
      /50-a\.conf: .*CAP_X is no capability/,
    ],
    [
      'a setting that a later file undoes',
      { dropIns: { '50-a': '[Service]\nNice=5\n', '60-b': '[Service]\nNice=6\n' } },
      /50-a\.conf: .*60-b\.conf:2 is read after/,
    ],
    [
      'a drop-in beside an alias',
      { dropIns: { '/etc/systemd/system/bind9.service.d/a.conf': '[Service]\nNice=5\n' } },
      /bind9\.service\.d\/a\.conf: a drop-in of confine lies in/,
    ],
    [
      'a whole unit',
      { fragment: '/etc/systemd/system/named.service' },
      /^\/etc\/systemd\/system\/named\.service: a whole unit/,
    ],
    [
      'a block of rules',
      { local: 'owner {\n  /a r,\n}\n' },
      /local\/usr\.sbin\.named:1: a block of rules \(owner …\)/,
    ],
    [
      'what confine wrote',
      { local: '/a r,\n# BEGIN confine\n  /b r,\n# END confine\n' },
      /local\/usr\.sbin\.named:2: a block of confine/,
    ],
    [
      'rules of the audit trail',
      { others: { '/etc/audit/rules.d/x.rules': '-w /etc -p wa\n' } },
      /x\.rules: 1 line for auditctl/,
    ],
    [
      'a profile of Firejail',
      { others: { '/etc/firejail/named.profile': 'caps.drop all\n' } },
      /a profile of Firejail/,
    ],
  ])('%s is not, and why', (_, host, reason) => {
    const { notes } = told(host);
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatch(reason);
  });

  it('rules beside a block of confine are declared without a claim to that block', () => {
    const local = '/a r,\n# BEGIN confine\n  /b r,\n# END confine\n';
    expect(adopted({ local }).things[0]).toMatchObject({
      fixed: { block: 'adopted' },
      varies: { value: ['/a r,'] },
    });
  });

  it('what the package auditd brings, and files of comments, are nothing to tell', () => {
    const stock = '-D\n-b 8192\n--backlog_wait_time 60000\n-f 1\n';
    const others = {
      '/etc/audit/rules.d/audit.rules': `## first\n${stock}`,
      '/etc/firejail/named.local': '# none\n',
    };
    expect(told({ others }).notes).toEqual([]);
  });

  it('a process that is older than its files is pending, and its files are declared', () => {
    const { declared, notes, pending } = told({
      dropIns: { '50-a': '[Service]\nNice=5\n' },
      unit: { changedAt: 3000 },
    });
    expect(declared).toContain('systemd_dropin named.service 50-a');
    expect(notes).toEqual([]);
    expect(pending).toEqual([
      '/etc/systemd/system/named.service.d/50-a.conf: restart named.service (its files changed after it had started)',
    ]);
  });
});

const limits = (tasks: number) => `# Ansible managed\n[Service]\nTasksMax=${tasks}\nLimitCORE=0\n`;
const zones =
  '# BEGIN ANSIBLE MANAGED BLOCK\n/srv/bind/zones/ r,\n/srv/bind/zones/** rk,\n# END ANSIBLE MANAGED BLOCK\n';
const common: Host = {
  packages: ['auditd', 'bind9-dnsutils'],
  local: zones,
  dropIns: { '50-limits': limits(512) },
};
const fleet: Readonly<Record<string, Host>> = {
  ns1: common,
  ns2: { ...common, local: zones.replace(' rk', '   rk') },
  ns3: common,
  ns4: { ...common, local: `${zones}"/srv/{{a,b},c}/with blank/" r,\n#include <abstractions/site>\n` },
  ns5: { ...common, dropIns: { '50-limits': limits(1024), '70-extra': '[Service]\nPrivateTmp=1\n' } },
  ns6: { ...common, dropIns: { '50-limits': limits(1024), '70-extra': '[Service]\nPrivateTmp=yes\n' } },
  ns7: {
    ...common,
    mode: 'complain',
    flags: ['complain'],
    others: { '/etc/audit/rules.d/x.rules': '-w /etc\n' },
  },
  ns8: { ...common, unit: { changedAt: 3000 } },
};

const adoption: Adoption = adoptionOf(
  Object.entries(fleet).map(([name, host]) => ({ host: HostName.parse(name), adopted: adopted(host) })),
);

describe('a fleet', () => {
  it('is shown and written by what hosts share', () => {
    const advice = [{ at: '', text: 'systemd_sandbox, tier strict: why', hosts: adoption.hosts }];
    const text = [
      ...adoptionText(adoption, advice),
      '\n--- playbooks/adopted.yml',
      adoptedPlaybook(adoption),
      '--- inventory/adopted.yml',
      adoptedInventory(adoption, { ansible_user: 'admin', ansible_become: true }),
    ].join('\n');
    expect(text).toBe(golden('adopted', text));
  });

  it('is in sync by what is written, but for what is pending', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'confine-adopt-'));
    mkdirSync(join(folder, 'inventory'));
    const [book, inventory] = [join(folder, 'adopted.yml'), join(folder, 'inventory/adopted.yml')];
    writeFileSync(book, adoptedPlaybook(adoption));
    writeFileSync(inventory, adoptedInventory(adoption, {}));
    const hosts = await compile({ playbooks: [book], inventory: loadInventory([inventory]), modules });
    rejectConflicts(hosts, modules);
    const states = hosts.map(({ host, tasks }) => {
      const plan = planOn(fleet[host] ?? {}, tasks);
      return `${host} ${plan.state} ${plan.tasks.length} ${plan.changes.map((it) => it.change).join()}`.trim();
    });
    expect(states.toSorted()).toEqual([
      'ns1 in-sync 5',
      'ns2 in-sync 5',
      'ns3 in-sync 5',
      'ns4 in-sync 5',
      'ns5 in-sync 6',
      'ns6 in-sync 6',
      'ns7 in-sync 4',
      'ns8 changes 5 restart',
    ]);
  });

  it('of three hundred with a place each is one task, and a variable a host', () => {
    const many = Array.from({ length: 300 }, (_, i) => ({
      host: HostName.parse(`ns${i}`),
      adopted: adopted({ ...common, local: i < 290 ? zones : `${zones}/srv/${i}/ r,\n` }),
    }));
    const it = adoptionOf(many);
    expect(adoptedPlaybook(it).match(/apparmor_override:/g)).toHaveLength(1);
    expect(adoptedInventory(it, {}).match(/adopted_apparmor_rules:/g)).toHaveLength(11);
  });
});
