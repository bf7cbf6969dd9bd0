import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import type { MachineHandle } from '../../src/lab/hosts.ts';
import { confine } from '../support/confine.ts';
import { fingerprint, label, labInventory, machine, on, serial } from '../support/lab.ts';

let host: MachineHandle;
beforeAll(async () => {
  host = await machine();
});

const local = '/etc/apparmor.d/local/usr.sbin.named';
const markers = ['# BEGIN ANSIBLE MANAGED BLOCK', '# END ANSIBLE MANAGED BLOCK'] as const;

it('rules and a mode by other hands are adopted, and outlive the block that they stood in', async () => {
  // As blockinfile leaves a file, and a role that links by whole paths.
  await on(
    host,
    `printf '%s\\n' '# by hand' '${markers[0]}' '/srv/bind/zones/  r,' '/srv/bind/zones/** rk, # all' '${markers[1]}' >${local}
ln -sfn /etc/apparmor.d/usr.sbin.named /etc/apparmor.d/force-complain/usr.sbin.named
apparmor_parser -r /etc/apparmor.d/usr.sbin.named && systemctl restart named`,
  );
  expect(await label(host)).toBe('named (complain)');
  const before = await fingerprint(host);

  const folder = mkdtempSync(join(tmpdir(), 'confine-adopt-'));
  const book = join(folder, 'playbooks/adopted.yml');
  const limited = ['-i', labInventory()];
  const written = [book, ...limited, '-i', join(folder, 'inventory/adopted.yml')];
  const planned = () => confine(['plan', ...written, '--detailed-exitcode']);
  const said = await confine(['init', 'ns1', '--adopt', ...limited, '--out', folder]);
  expect(said).toMatchObject({ code: 0 });
  const text = readFileSync(book, 'utf8');
  expect(text).toMatch(/rules:\n +- \/srv\/bind\/zones\/ r,\n +- \/srv\/bind\/zones\/\*\* rk,\n/);
  expect(text).toMatch(/apparmor_mode:\n +profile: named\n +mode: complain\n/);
  expect(await planned()).toMatchObject({ code: 0, stdout: '' });
  expect(await confine(['apply', ...written, '--yes'])).toMatchObject({ code: 0 });
  expect(await fingerprint(host)).toBe(before);

  await on(host, `sed -i '/^${markers[0]}/,/^${markers[1]}/d' ${local}`);
  expect((await planned()).code).toBe(10);
  expect(await confine(['apply', ...written, '--yes'])).toMatchObject({ code: 0 });
  expect(await on(host, `cat ${local}`)).toBe(
    '# by hand\n# BEGIN confine\n  /srv/bind/zones/ r,\n  /srv/bind/zones/** rk,\n# END confine',
  );
  expect(await label(host)).toBe('named (complain)');
  expect(await serial(host)).not.toBe('');
  expect(await planned()).toMatchObject({ code: 0, stdout: '' });
});
