import { beforeAll, expect, it } from 'vitest';
import type { ContainerHandle } from '../../src/lab/hosts.ts';
import { confine, playbook } from '../support/confine.ts';
import { containers, labInventory, on } from '../support/lab.ts';

const names = ['c1', 'c2', 'c3'] as const;
const folder = '/etc/systemd/system/named.service.d';
let hosts: readonly ContainerHandle[];

beforeAll(async () => {
  hosts = await containers(names);
});

const everywhere = (command: string): Promise<readonly string[]> =>
  Promise.all(hosts.map((host) => on(host, command)));
const same = (text: string): readonly string[] => names.map(() => text);
const run = (command: string, ...more: readonly string[]) =>
  confine([command, book, '-i', labInventory(), '-l', names.join(','), ...more]);

const book = playbook([
  { package: { names: ['bind9', 'bind9-dnsutils'] } },
  {
    systemd_dropin: {
      unit: 'named.service',
      name: '50-confine',
      settings: { Service: { NoNewPrivileges: true, ProtectHome: 'read-only' } },
    },
  },
  { service: { unit: 'named.service', enabled: true, state: 'running' } },
]);

const noNewPrivs = "sed -n 's/^NoNewPrivs:.//p' /proc/$(systemctl show -p MainPID --value named)/status";
const logins = async () =>
  (await everywhere("journalctl -q -o cat -t sshd | grep -c 'Accepted publickey'")).map(Number);

it('many hosts are brought to what is declared in one run, and only a host that drifts differs again', async () => {
  expect(await everywhere(noNewPrivs)).toEqual(same('0'));
  const applied = await run('apply', '--yes');
  expect(applied.stderr).toContain('3 changed and healthy');
  expect(applied.code).toBe(0);
  expect(await everywhere(noNewPrivs)).toEqual(same('1'));
  expect(await everywhere('systemctl reload named && echo reloaded')).toEqual(same('reloaded'));

  const before = await logins();
  expect(await run('plan', '--detailed-exitcode')).toMatchObject({ code: 0, stdout: '' });
  // One login is that of the plan, and one that of the count itself.
  expect(await logins()).toEqual(before.map((count) => count + 2));

  const [, drifted] = hosts;
  if (drifted) await on(drifted, `rm ${folder}/50-confine.conf`);
  const planned = await run('plan', '--detailed-exitcode');
  expect(planned.code).toBe(10);
  expect(planned.stderr).toMatch(/^c1, c3: in sync$/m);
  expect(planned.stdout).toContain(`create ${folder}/50-confine.conf`);
  expect(planned.stdout).not.toMatch(/^c[13]$/m);
});
