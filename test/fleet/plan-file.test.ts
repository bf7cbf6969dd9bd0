import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ContainerHandle } from '../../src/lab/hosts.ts';
import { confine, playbook, type Ran } from '../support/confine.ts';
import { containers, labInventory, on, tree } from '../support/lab.ts';

const dropIn = '/etc/systemd/system/named.service.d/50-confine.conf';
let host: ContainerHandle;

beforeAll(async () => {
  const [first] = await containers(['c1']);
  if (!first) throw new Error('no container');
  host = first;
});

let count = 0;

/** Saves a plan of tasks for the host, and takes their playbook away: the plan has to do. */
async function saved(
  tasks: Parameters<typeof playbook>[0],
): Promise<{ readonly file: string; readonly ran: Ran }> {
  count += 1;
  const file = join(tmpdir(), `confine-test-${process.pid}-${count}.plan`);
  const book = playbook(tasks);
  const ran = await confine(['plan', book, '-i', labInventory(), '-l', 'c1', '--out', file]);
  rmSync(book);
  return { file, ran };
}
const apply = (file: string): Promise<Ran> => confine(['apply', file, '-i', labInventory()]);

/** Every byte, owner and mode that a run could touch, and the start of named. */
const state = (): Promise<string> =>
  on(host, `${tree('/etc')} && ${tree('/var/lib/confine')} && systemctl show -p InvocationID --value named`);
const named = (property: string): Promise<string> => on(host, `systemctl show -p ${property} --value named`);

const sandbox = [
  {
    systemd_dropin: {
      unit: 'named.service',
      name: '50-confine',
      settings: { Service: { NoNewPrivileges: true } },
    },
  },
  { service: { unit: 'named.service', enabled: true, state: 'running' } },
];

describe('a saved plan', () => {
  beforeEach(async () => {
    await on(
      host,
      'rm -rf /etc/systemd/system/named.service.d /var/lib/confine && systemctl daemon-reload && systemctl restart named',
    );
  });

  it('is exactly what is applied, though named was restarted by hand meanwhile; once more, it is in sync', async () => {
    const before = await on(host, tree('/etc'));
    const { file, ran } = await saved(sandbox);
    expect(ran.stderr).toContain('saved for 1 host');
    expect(await on(host, tree('/etc'))).toBe(before);

    const pid = await named('MainPID');
    await on(host, 'systemctl restart named');
    expect(await named('MainPID')).not.toBe(pid);

    const applied = await apply(file);
    expect(applied.stderr).toContain('c1: changed, DNS answers');
    expect(applied.code).toBe(0);
    expect(await on(host, `tail -n 2 ${dropIn}`)).toBe('[Service]\nNoNewPrivileges=yes');
    expect(await on(host, 'find /etc -newer /var/lib/confine/transactions/*/manifest -type f')).toBe(dropIn);
    expect(await named('NoNewPrivileges')).toBe('yes');

    const after = await state();
    expect(await apply(file)).toMatchObject({
      code: 0,
      stdout: '',
      stderr: expect.stringContaining('c1: in sync'),
    });
    expect(await state()).toBe(after);
  });

  it.each([
    [
      'a file that it writes',
      `mkdir -p ${dropIn.replace(/\/[^/]*$/, '')} && echo '[Service]' >${dropIn}`,
      `file ${dropIn}`,
    ],
    [
      'a file that the restart takes up',
      "echo '# by hand' >>/etc/default/named",
      'restart named.service, as of',
    ],
    ['a unit that it finds running', 'systemctl stop named', 'start named.service'],
  ])('is refused where somebody changed %s, and nothing is touched', async (_, change, line) => {
    const { file } = await saved(sandbox);
    await on(host, change);
    const before = await state();
    const ran = await apply(file);
    expect(ran.stderr).toContain('c1: stale');
    expect(ran.stderr).toContain(`\n  + ${line}`);
    expect(ran.code).toBe(9);
    expect(await state()).toBe(before);
    await on(host, "sed -i '/^# by hand$/d' /etc/default/named");
  });
});

describe('behind a package', () => {
  const [name, repo] = ['confine-probe', '/srv/lab/apt'];
  const tasks = [{ package: { names: [name] } }, { service: { unit: `${name}.service`, state: 'running' } }];

  beforeAll(async () => {
    await on(
      host,
      `set -e; mkdir -p /tmp/deb/DEBIAN /tmp/deb/lib/systemd/system
printf '[Service]\\nExecStart=/bin/sleep infinity\\n' >/tmp/deb/lib/systemd/system/${name}.service
printf 'Package: ${name}\\nVersion: 1\\nArchitecture: all\\nMaintainer: t <t@example.org>\\nDescription: brings a unit\\n' >/tmp/deb/DEBIAN/control
dpkg-deb --build /tmp/deb ${repo}/${name}.deb >/dev/null
sed -i '/^Package: ${name}$/,/^SHA256/d' ${repo}/Packages
{ echo; cat /tmp/deb/DEBIAN/control; echo "Filename: ./${name}.deb"
echo "Size: $(stat -c %s ${repo}/${name}.deb)"; echo "SHA256: $(sha256sum <${repo}/${name}.deb | cut -d ' ' -f 1)"; } >>${repo}/Packages
apt-get update -qq`,
    );
  });

  it('what only it brings takes a second plan, and says so: when it is saved, and when it is applied', async () => {
    const first = await saved(tasks);
    expect(first.ran.stderr).toMatch(/c1: a part is known only after packages are installed/);
    const half = await apply(first.file);
    expect(half.stderr).toContain(
      `c1: packages installed (${name}); what comes behind them is not in the saved plan`,
    );
    expect(half.stderr).toContain(`\n  + start ${name}.service, as of `);
    expect(half.code).toBe(9);
    expect(await on(host, `dpkg-query -W -f '\${db:Status-Status}' ${name}`)).toBe('installed');
    expect(await on(host, `systemctl is-active ${name} || true`)).toBe('inactive');
    expect(await apply(first.file)).toMatchObject({ code: 9, stderr: expect.stringContaining('c1: stale') });

    const second = await saved(tasks);
    expect(second.ran.stderr).not.toContain('known only after');
    const whole = await apply(second.file);
    expect(whole.stderr).toContain('c1: changed');
    expect(whole.code).toBe(0);
    expect(await on(host, `systemctl is-active ${name}`)).toBe('active');
    await on(host, `systemctl stop ${name}; dpkg -P ${name} >/dev/null`);
  });
});
