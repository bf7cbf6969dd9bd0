import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ContainerHandle } from '../../src/lab/hosts.ts';
import { ansible } from '../support/ansible.ts';
import { confine } from '../support/confine.ts';
import { containers, fingerprint, labInventory, on } from '../support/lab.ts';

const vars = { c1: {}, c2: { tasks_max: 1024, extra: true } };
let hosts: readonly ContainerHandle[];
/** How many tasks of Ansible changed something, by host. */
let changed: Readonly<Record<string, number>>;
const marks = () => Promise.all(hosts.map(fingerprint));
const clean = () =>
  Promise.all(
    hosts.map((it) =>
      on(it, ': >/etc/apparmor.d/local/usr.sbin.named; rm -f /etc/audit/rules.d/50-named.rules'),
    ),
  );

beforeAll(async () => {
  hosts = await containers(Object.keys(vars));
  await clean();
  changed = await ansible(vars);
});
afterAll(clean);

const folder = mkdtempSync(join(tmpdir(), 'confine-adopt-'));
const book = join(folder, 'playbooks/adopted.yml');
const limited = ['-i', labInventory()];
const written = [book, ...limited, '-i', join(folder, 'inventory/adopted.yml')];

it('what Ansible put on hosts is declared as it stands, and nothing changes by that', async () => {
  expect(Object.values(changed).every((it) => it > 3)).toBe(true);
  const before = await marks();
  const said = await confine(['init', 'c1,c2', '--adopt', ...limited, '--out', folder]);
  expect(said).toMatchObject({ code: 0 });
  // What one host has in another way, or alone, and what no task can declare.
  expect(said.stdout).toMatch(
    /\n {4}c2: \S+50-limits\.conf\n {6}- \[Service\] TasksMax=512\n {6}\+ \[Service\] TasksMax=1024\n/,
  );
  expect(said.stdout).toMatch(/Drop-in 70-extra of named\.service .*: c2\n/);
  expect(said.stdout).toMatch(/all 2 hosts: \/etc\/audit\/rules\.d\/50-named\.rules: 1 line for auditctl/);
  expect(said.stdout).toMatch(/all 2 hosts: \/etc\/apparmor\.d\/local\/usr\.sbin\.named: local rules/);
  expect(readFileSync(book, 'utf8')).toContain('CAP_SETGID CAP_SYS_CHROOT CAP_DAC_READ_SEARCH');

  expect(await confine(['check', ...written])).toMatchObject({ code: 0 });
  const plan = await confine(['plan', ...written, '--detailed-exitcode', '-v']);
  expect(plan).toMatchObject({ code: 0 });
  expect(plan.stdout.match(/Drop-in \S+ of named\.service .*: in sync/g)).toHaveLength(5);
  expect(await confine(['apply', ...written, '--yes'])).toMatchObject({ code: 0 });
  expect(await marks()).toEqual(before);
});

it('Ansible finds nothing to change either, so both can look after the hosts until one is switched off', async () => {
  expect(await ansible(vars)).toEqual({ c1: 0, c2: 0 });
});

it('what is declared is held from then on: a line that somebody adds is a change, and is taken out', async () => {
  const limits = '/etc/systemd/system/named.service.d/50-limits.conf';
  await on(hosts[1] as ContainerHandle, `echo LimitNOFILE=99 >>${limits} && systemctl daemon-reload`);
  const plan = await confine(['plan', ...written, '--detailed-exitcode']);
  expect(plan.code).toBe(10);
  expect(plan.stdout).toMatch(/-LimitNOFILE=99/);
  expect(plan.stdout).not.toMatch(/^c1/m);
  expect(await confine(['apply', ...written, '--yes'])).toMatchObject({ code: 0 });
  expect(await on(hosts[1] as ContainerHandle, `cat ${limits}`)).toMatch(/^TasksMax=1024$/m);
  expect(await confine(['plan', ...written, '--detailed-exitcode'])).toMatchObject({ code: 0, stdout: '' });
});

it('what is there already is not written over', async () => {
  const text = readFileSync(book, 'utf8');
  expect(await confine(['init', '--adopt', ...limited, '--out', folder])).toMatchObject({ code: 5 });
  expect(readFileSync(book, 'utf8')).toBe(text);
});
