import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { confine } from '../support/confine.ts';
import { containers, labInventory } from '../support/lab.ts';

const names = ['c1', 'c2'];
beforeAll(async () => {
  await containers(names);
});

it('hosts without AppArmor share a play with the sandbox alone, and it is applied as it is', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'confine-init-'));
  const hosted = ['-i', labInventory()];
  expect(
    await confine(['init', names.join(','), ...hosted, '--ci', 'github', '--out', folder]),
  ).toMatchObject({ code: 0 });
  expect(existsSync(join(folder, '.github/workflows/confine.yml'))).toBe(true);
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
