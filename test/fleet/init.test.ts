import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { openContainer, type ContainerHandle } from '../../src/lab/hosts.ts';
import { labUp } from '../../src/lab/lab.ts';
import { confine } from '../support/confine.ts';
import { labInventory, on } from '../support/lab.ts';

const names = ['c1', 'c2'];
let hosts: readonly ContainerHandle[];

beforeAll(async () => {
  await labUp({ machines: 0, containers: names.length, release: 'bookworm' }, () => {});
  hosts = await Promise.all(names.map((name) => openContainer(name, () => {})));
  const clean =
    'rm -rf /etc/systemd/system/named.service.d /var/lib/confine && systemctl daemon-reload && systemctl restart named';
  await Promise.all(hosts.map((host) => on(host, clean)));
});

it('hosts without AppArmor share a play with the sandbox alone, and it is applied as it is', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'confine-init-'));
  const hosted = ['-i', labInventory()];
  expect(await confine(['init', names.join(','), ...hosted, '--out', folder])).toMatchObject({ code: 0 });
  const book = join(folder, 'playbooks/confine.yml');
  const text = readFileSync(book, 'utf8');
  expect(text.match(/^- name: /gm)).toHaveLength(1);
  expect(text).toContain('AppArmor is left out.');
  expect(text).toContain('tier: strict');
  expect(text).not.toMatch(/apparmor_|auditd:/);

  const args = [book, ...hosted, '-i', join(folder, 'inventory/confine.yml')];
  expect(await confine(['apply', ...args, '--yes'])).toMatchObject({ code: 0 });
  expect(await confine(['plan', ...args, '--detailed-exitcode'])).toMatchObject({ code: 0, stdout: '' });
});
