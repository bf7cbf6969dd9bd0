import { describe, expect, it } from 'vitest';
import type { LabHandle } from '../../src/lab/hosts.ts';
import { confine, playbook } from '../support/confine.ts';
import { containers, labInventory, machine, on, surfaces, tree } from '../support/lab.ts';
import { share } from '../support/share.ts';
import { installOwn } from '../support/own-bind.ts';

/** Ways of declaring a module, by names of their own. */
type States = Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;

const dropIn = (more: object) => [{ systemd_dropin: { unit: 'named.service', name: '50-confine', ...more } }];
const service = (enabled: boolean, state: string) => [{ service: { unit: 'named.service', enabled, state } }];
const sandbox = (more: object) => [{ systemd_sandbox: more }];
const onContainers: Readonly<Record<string, States>> = {
  systemd_dropin: {
    one: dropIn({ settings: { Service: { UMask: '0027' } } }),
    other: dropIn({ settings: { Service: { UMask: '0077', ProtectHome: true } } }),
    absent: dropIn({ state: 'absent' }),
  },
  service: {
    'enabled, running': service(true, 'running'),
    'disabled, running': service(false, 'running'),
    'enabled, stopped': service(true, 'stopped'),
    'disabled, stopped': service(false, 'stopped'),
  },
  systemd_sandbox: {
    baseline: sandbox({ tier: 'baseline' }),
    strict: sandbox({ tier: 'strict' }),
    maximum: sandbox({ tier: 'maximum' }),
    absent: sandbox({ state: 'absent' }),
  },
  seccomp: {
    kill: [{ seccomp: { on_violation: 'kill' } }],
    eperm: [{ seccomp: {} }],
    absent: [{ seccomp: { state: 'absent' } }],
  },
};

const zones = ['/srv/bind/zones/ r,', '/srv/bind/zones/** r,'];
const override = (more: object) => [{ apparmor_override: { profile: 'named', ...more } }];
const mode = (it: string) => [
  ...override({ rules: zones }),
  { apparmor_mode: { profile: 'named', mode: it } },
];
const exec = (more: object) => [{ apparmor_exec: { unit: 'bind-opt.service', profile: 'named', ...more } }];
const onMachine: Readonly<Record<string, States>> = {
  apparmor_override: {
    zones: override({ rules: zones }),
    more: override({ rules: [...zones, '/srv/bind/more/** r,'] }),
    absent: override({ state: 'absent' }),
  },
  apparmor_mode: { enforce: mode('enforce'), complain: mode('complain'), disabled: mode('disabled') },
  auditd: {
    small: [{ auditd: { backlog: 8192 } }],
    large: [{ auditd: { backlog: 16384 } }],
  },
  apparmor_exec: {
    'libraries and data': exec({ libraries: ['/opt/bind/lib'], data: ['/opt/bind/var'] }),
    'all paths': exec({
      libraries: ['/opt/bind/lib'],
      config: ['/opt/bind/etc', '/opt/bind/zones'],
      data: ['/opt/bind/var'],
    }),
    'the binary of the system': exec({ binary: '/usr/sbin/named', libraries: ['/opt/bind/lib'] }),
    absent: exec({ state: 'absent' }),
  },
  // The first brings its packages, which stay.
  firejail: {
    present: [{ firejail: {} }],
    'more to write': [{ firejail: { writable: ['/srv/bind/dynamic'] } }],
    absent: [{ firejail: { state: 'absent' } }],
  },
};
/** What a machine has before a module is declared there. */
const before: Readonly<Record<string, string>> = { apparmor_exec: installOwn };

const pairs = (names: readonly string[]): readonly (readonly [string, string])[] =>
  names.flatMap((a, i) => names.slice(i + 1).map((b): [string, string] => [a, b]));

/** A, B, A, B for every two states: each is the same whenever it comes, whatever was before. */
async function roundTrips(
  host: LabHandle,
  states: States,
  look: () => Promise<string>,
): Promise<readonly string[]> {
  const faults: string[] = [];
  const first = new Map<string, string>();
  const all = pairs(Object.keys(states));
  for (const [a, b] of all.slice(0, share(all.length)))
    for (const [name, before] of [
      [a, 'what was'],
      [b, a],
      [a, b],
      [b, a],
    ] as const) {
      const ran = await confine([
        'apply',
        playbook(states[name] ?? []),
        '-i',
        labInventory(),
        '-l',
        host.name,
        '--yes',
        // A server that was stopped has nothing to compare with.
        '--no-baseline',
      ]);
      if (ran.code !== 0) faults.push(`${name} behind ${before}: exit ${ran.code}: ${ran.stderr}`);
      const seen = await look();
      if (seen !== (first.get(name) ?? seen)) faults.push(`${name} behind ${before} is not what it was`);
      first.set(name, first.get(name) ?? seen);
    }
  return faults;
}

describe('a state that is declared again is the same again, byte by byte', () => {
  it.each(Object.entries(onContainers))('%s, on a container', async (_, states) => {
    const [host] = await containers(['c1']);
    if (!host) throw new Error('no container');
    await on(host, 'systemctl --quiet enable named');
    const look = `${tree('/etc')}; systemctl is-enabled named; systemctl is-active named; true`;
    expect(await roundTrips(host, states, () => on(host, look))).toEqual([]);
  });

  it.each(Object.entries(onMachine))('%s, on a machine', async (name, states) => {
    const host = await machine();
    await on(host, before[name] ?? 'true');
    const look = async () => {
      // The rules before the last ones, as augenrules keeps them by itself.
      await on(host, 'rm -f /etc/audit/audit.rules.prev');
      return `${await surfaces(host)} ${await on(host, "auditctl -s | grep '^backlog_limit'; cat /proc/$(pgrep -x named)/attr/current")}`;
    };
    expect(await roundTrips(host, states, look)).toEqual([]);
  });

  it('package goes forward only: what is present is left alone', async () => {
    const [host] = await containers(['c1']);
    if (!host) throw new Error('no container');
    const book = playbook([{ package: { names: ['firejail'] } }]);
    const apply = () => confine(['apply', book, '-i', labInventory(), '-l', 'c1', '--yes']);
    const look = () => on(host, `${tree('/etc')}; sha256sum /var/lib/dpkg/status`);
    expect(await on(host, 'dpkg-query -W firejail 2>/dev/null || true')).toBe('');
    expect((await apply()).code).toBe(0);
    const once = await look();
    expect(await apply()).toMatchObject({ code: 0, stdout: '' });
    expect(await look()).toBe(once);
    await host.reset();
  });
});
