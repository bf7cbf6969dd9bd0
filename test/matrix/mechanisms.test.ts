import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MachineHandle } from '../../src/lab/hosts.ts';
import { labDown } from '../../src/lab/lab.ts';
import { releases } from '../../src/lab/releases.ts';
import { confine, playbook } from '../support/confine.ts';
import { apply, labInventory, machine, on, plan, serial, surfaces, undoLast } from '../support/lab.ts';

type Task = Readonly<Record<string, unknown>>;

interface Mechanism {
  readonly tasks: readonly Task[];
  /** What stays when all is undone, and so comes before it. */
  readonly packages?: readonly string[];
  /** The host's line of `confine status`: label, NoNewPrivs, seccomp, exposure. */
  readonly status: RegExp;
  /** A command that succeeds where the mechanism is at work. */
  readonly proof?: string;
  /** Makes anew what a daemon generates by itself from the files that were given back. */
  readonly generate?: string;
}

const zones = { profile: 'named', rules: ['/srv/bind/zones/ r,', '/srv/bind/zones/** r,'] };
const sandbox = (tier: string, exposure: string): Mechanism => ({
  tasks: [{ systemd_sandbox: { tier, on_violation: 'kill' } }],
  status: new RegExp(`named \\(complain\\) +yes +filter +${exposure} +active`),
});

const mechanisms: Readonly<Record<string, Mechanism>> = {
  'apparmor, enforced with an override': {
    tasks: [{ apparmor_override: zones }, { apparmor_mode: { profile: 'named', mode: 'enforce' } }],
    status: /named \(enforce\) +no +off +9\.6 +active/,
  },
  'the sandbox, baseline': sandbox('baseline', '3\\.0'),
  'the sandbox, strict': sandbox('strict', '2\\.3'),
  'the sandbox, maximum': sandbox('maximum', '1\\.6'),
  seccomp: {
    tasks: [{ seccomp: { on_violation: 'kill' } }],
    status: /named \(complain\) +no +filter +8\.0 +active/,
  },
  firejail: {
    packages: ['firejail', 'firejail-profiles'],
    tasks: [{ firejail: {} }],
    status: /named \(complain\) +yes +filter +\d\.\d +active/,
    proof:
      "firejail --list | grep -q ':named:/usr/bin/firejail --profile=/etc/firejail/confine-named.profile'",
  },
  auditd: {
    packages: ['auditd'],
    tasks: [{ auditd: { backlog: 16384 } }],
    status: /named \(complain\) +no +off +9\.6 +active/,
    proof: "auditctl -s | grep -qx 'backlog_limit 16384' && systemctl -q is-active auditd",
    generate: 'augenrules >/dev/null && rm -f /etc/audit/audit.rules.prev',
  },
};

describe.each(releases)('Debian %s', (release) => {
  let host: MachineHandle;
  let only: readonly string[];
  beforeAll(async () => {
    host = await machine(release);
    only = ['-l', host.name];
  });
  // Its memory and its share of the processor are for the next one.
  afterAll(() => labDown([host.name], () => {}));

  it.each(Object.entries(mechanisms))(
    '%s: applied, attested, the same after a reboot, in sync, and undone to the same bytes',
    async (_, { tasks, packages = [], status, proof = 'true', generate = 'true' }) => {
      const attest = async () => {
        expect((await confine(['status', '-i', labInventory(), ...only])).stdout).toMatch(status);
        await on(host, proof);
        expect(await serial(host)).not.toBe('');
      };
      await host.reset();
      if (packages.length > 0)
        expect(await apply(playbook([{ package: { names: packages } }]), ...only)).toMatchObject({ code: 0 });
      await on(host, generate);
      const before = await surfaces(host);
      const book = playbook(tasks);
      expect(await apply(book, ...only)).toMatchObject({ code: 0 });
      await attest();
      await host.reboot();
      await attest();
      expect(await plan(book, ...only)).toMatchObject({ code: 0, stdout: '' });

      expect(await undoLast(host)).toContain('undone');
      await on(host, generate);
      expect(await surfaces(host)).toBe(before);
      expect(await serial(host)).not.toBe('');
    },
  );
});
