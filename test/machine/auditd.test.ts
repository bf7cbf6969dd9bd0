import { beforeAll, expect, it } from 'vitest';
import type { MachineHandle } from '../../src/lab/hosts.ts';
import { playbook } from '../support/confine.ts';
import { apply, machine, on, plan, surfaces, undoLast } from '../support/lab.ts';

let host: MachineHandle;
beforeAll(async () => {
  host = await machine();
  await on(host, 'dpkg --purge auditd');
});

const limit = () => on(host, "auditctl -s | sed -n 's/^backlog_limit //p'");

it('auditd comes with its package, has room at once and after a boot, and undo leaves the package', async () => {
  const small = playbook([{ auditd: { backlog: 8192 } }]);
  expect(await apply(small)).toMatchObject({ code: 0 });
  expect(await on(host, 'systemctl is-active auditd')).toBe('active');
  expect(await plan(small)).toMatchObject({ code: 0, stdout: '' });
  const before = await surfaces(host);

  const large = playbook([{ auditd: { backlog: 16384 } }]);
  expect((await plan(large)).stdout).toContain('room for 16384 waiting audit records');
  expect(await apply(large)).toMatchObject({ code: 0 });
  expect(await limit()).toBe('16384');
  expect(await plan(large)).toMatchObject({ code: 0, stdout: '' });
  // What a boot would load: augenrules(8) puts them together in this order, and the last one counts.
  expect(await on(host, "sed -n 's/^-b //p' /etc/audit/rules.d/*.rules | tail -n 1")).toBe('16384');

  expect(await undoLast(host)).toContain('undone');
  expect(await limit()).toBe('8192');
  expect(await on(host, 'cat /etc/audit/rules.d/confine.rules')).toContain('-b 8192');
  expect(await surfaces(host)).toBe(before);
});
