import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { tierSettings, type OnViolation, type Tier } from '../../modules/systemd_sandbox/tiers.ts';
import { workout } from '../../src/bind/workout.ts';
import type { MachineHandle } from '../../src/lab/hosts.ts';
import { labDown } from '../../src/lab/lab.ts';
import type { Release } from '../../src/lab/releases.ts';
import { keysSince, unitKeys } from '../../src/resources/unit-keys.ts';
import { renderUnitFile } from '../../src/resources/unit-file.ts';
import { playbook } from '../support/confine.ts';
import { apply, machine, on } from '../support/lab.ts';

const violations: readonly OnViolation[] = ['errno', 'kill', 'log'];
const versions: readonly (readonly [Release, number, number])[] = [
  ['bullseye', 11, 247],
  ['bookworm', 12, 252],
  ['trixie', 13, 257],
];

/** The table of docs/sandbox.md: Debian, tier, and the exposure with each of `on_violation`. */
const exposures = [
  ...readFileSync('docs/sandbox.md', 'utf8').matchAll(
    /^\| (1[123]) +\| (\w+) +\| ([\d.]+) +\| ([\d.]+) +\| ([\d.]+) +\|$/gm,
  ),
].map(([, debian, tier, ...figures]) => ({ debian: Number(debian), tier: tier as Tier, figures }));

const exposure =
  "systemd-analyze security --no-pager named | sed -n 's/.*named.service: \\([0-9.]*\\) .*/\\1/p'";
const folder = '/etc/systemd/system/named.service.d';
/** Puts a drop-in beside those of confine, by another hand. */
const dropIn = async (host: MachineHandle, name: string, text: string): Promise<void> => {
  expect((await host.run(`mkdir -p ${folder} && cat >${folder}/${name}.conf`, text)).code).toBe(0);
  await on(host, 'systemctl daemon-reload');
};

describe.each(versions)('Debian %s', (release, debian, systemd) => {
  let host: MachineHandle;
  let only: readonly string[];
  beforeAll(async () => {
    host = await machine(release);
    only = ['-l', host.name];
  });
  beforeEach(() => host.reset());
  afterAll(() => labDown([host.name], () => {}));

  const sandboxed = async (tier: Tier, on_violation: OnViolation) =>
    expect(
      await apply(
        playbook([
          {
            apparmor_override: {
              profile: 'named',
              rules: ['/srv/bind/zones/ r,', '/srv/bind/zones/** r,'],
            },
          },
          { apparmor_mode: { profile: 'named', mode: 'enforce' } },
          { systemd_sandbox: { tier, on_violation } },
        ]),
        ...only,
      ),
    ).toMatchObject({ code: 0 });

  it('every tier has the exposure that the page tells, whatever a violation leads to', async () => {
    const told = exposures.filter((it) => it.debian === debian).map((it) => [it.tier, ...it.figures]);
    const measured: string[][] = [];
    for (const tier of ['baseline', 'strict', 'maximum'] as const) {
      const figures: string[] = [];
      for (const onViolation of violations) {
        await dropIn(
          host,
          '50-tier',
          renderUnitFile(tierSettings(tier, onViolation, { writable: [], addressFamilies: [] })),
        );
        figures.push(await on(host, exposure));
      }
      measured.push([tier, ...figures]);
    }
    expect(measured).toEqual(told);
  });

  it('systemd knows just those settings that the table gives it', async () => {
    const dump = await on(host, '/lib/systemd/systemd --dump-configuration-items');
    for (const [section, { boolean, other }] of Object.entries(unitKeys)) {
      const [, items = ''] = dump.split(new RegExp(`^\\[${section}\\]$`, 'm'));
      const known = [...(items.split(/^\[/m)[0] ?? '').matchAll(/^(\w+)=/gm)].map((it) => it[1] ?? '');
      const told = [...boolean, ...other].filter((key) => (keysSince.get(key) ?? 0) <= systemd);
      // 247 alone had it, and 248 took it back for ManagedOOMMemoryPressureLimit.
      const gone = 'ManagedOOMMemoryPressureLimitPercent';
      expect(known.filter((it) => it !== gone).toSorted()).toEqual(told.toSorted());
    }
  });

  it.each(['baseline', 'strict', 'maximum'] as const)(
    'log under %s: the work-out leaves no record, and a call that the tier forbids leaves one',
    async (tier) => {
      await sandboxed(tier, 'log');
      expect((await workout((script) => host.run('sh', script))).filter((it) => !it.passed)).toEqual([]);

      await dropIn(host, '90-fault', '[Service]\nExecStartPre=-/usr/sbin/chroot /var /bin/true\n');
      await on(host, 'systemctl restart named');
      const record = await on(
        host,
        'cat /var/log/audit/audit.log | grep \'type=SECCOMP .*comm="chroot"\' | tail -n 1',
      );
      expect(record).toMatch(/sig=0 .*syscall=161 .*code=0x7ffc0000/);
    },
  );

  it('kill ends named by a real SIGSYS without a core, which would hold key material', async () => {
    await sandboxed('baseline', 'kill');
    await on(host, 'echo /var/cache/bind/core.%p >/proc/sys/kernel/core_pattern');
    const cores = 'find /var/cache/bind -name "core*" | wc -l';
    /** named removes its session key where it begins and where it ends: either kills it. */
    const fault = '[Service]\nSystemCallFilter=~unlink unlinkat\nRestart=no\n';
    const ended = async () => {
      await on(host, 'systemctl reset-failed named; systemctl restart named; systemctl stop named; true');
      expect(await on(host, 'systemctl show -p ExecMainStatus --value named')).toBe('31');
    };
    await dropIn(host, '90-fault', fault);
    await ended();
    expect(await on(host, cores)).toBe('0');
    // Without the limit it does leave one, so there is something to prove.
    await dropIn(host, '90-fault', `${fault}LimitCORE=infinity\n`);
    await ended();
    expect(await on(host, cores)).toBe('1');
  });
});
