import { beforeAll, beforeEach, expect, it } from 'vitest';
import type { MachineHandle } from '../../src/lab/hosts.ts';
import { confine, playbook } from '../support/confine.ts';
import { fingerprint, label, labInventory, machine, on, plan, surfaces } from '../support/lab.ts';

let host: MachineHandle;
beforeAll(async () => {
  host = await machine();
});
beforeEach(() => host.reset());

const audit = (...more: readonly string[]) =>
  confine(['audit', 'ns1', '-i', labInventory(), '--yes', ...more]);
const enforcing = playbook([{ apparmor_mode: { profile: 'named', mode: 'enforce' } }]);

/** The kernel's hash of the policy that it was handed over, and the start of named. */
const running = () =>
  on(
    host,
    'cat /sys/kernel/security/apparmor/policy/profiles/named.*/raw_sha*; systemctl show -p InvocationID --value named',
  );

it('an audit is a hold that records each access, and ends by itself at its limit', async () => {
  await on(
    host,
    'printf "/srv/bind/zones/ r,\\n/srv/bind/zones/** r,\\n" >>/etc/apparmor.d/local/usr.sbin.named && rm /etc/apparmor.d/force-complain/usr.sbin.named && apparmor_parser -r /etc/apparmor.d/usr.sbin.named',
  );
  expect(await label(host)).toBe('named (enforce)');
  const [before, ran] = [await surfaces(host), await running()];

  expect(await audit('--bytes', '512K', '--why', 'who reads it')).toMatchObject({ code: 0 });
  expect(await label(host)).toBe('named (enforce)');
  expect(await running()).not.toBe(ran);
  const held = await plan(enforcing);
  expect(held).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/held: audited \(named\) .*: who reads it/),
  });

  // Each query writes some 2.5 kB. What named does by itself writes too, but not so much until here.
  const asked = `for i in $(seq 30); do echo "+norec +tries=1 @127.0.0.1 example.test SOA"; done >/tmp/asked`;
  const round = 'dig -f /tmp/asked >/dev/null || exit 1';
  await on(
    host,
    `${asked}; n=0; while [ -e /var/lib/confine/holds ]; do n=$((n + 1)); [ $n -lt 60 ] || exit 1; ${round}; sleep 0.3; done; flock -w 60 /run/confine.lock true`,
  );
  expect(await on(host, 'systemctl list-units --all --no-legend "confine-hold-*"')).toBe('');
  expect(await on(host, 'grep -c apparmor=\\"AUDIT\\".*isc-net /var/log/audit/audit.log')).toMatch(/^\d{2}/);
  expect(await running()).toBe(ran);
  expect(await surfaces(host)).toBe(before);
  expect(await plan(enforcing)).toMatchObject({ code: 0, stdout: '' });
});

it('an audit is refused where auditd would halt the host', async () => {
  await on(host, "sed -i 's/^disk_full_action.*/disk_full_action = HALT/' /etc/audit/auditd.conf");
  const before = await fingerprint(host);
  const refused = await audit();
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('/etc/audit/auditd.conf has disk_full_action = HALT');
  expect(await fingerprint(host)).toBe(before);
});
