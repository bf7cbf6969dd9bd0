import { describe, expect, it } from 'vitest';
import { modules } from '../../modules/index.ts';
import { InputError } from '../../src/errors.ts';
import { mechanismClaim, settingClaim } from '../../src/plan/claims.ts';
import { conflictRules, conflictsWithin } from '../../src/plan/conflicts.ts';
import { pairOf, pairs as mechanismPairs, type Mechanism } from '../../src/plan/mechanisms.ts';
import { rejectConflicts } from '../../src/plan/offline.ts';
import { planFor, task } from '../support/host.ts';

const claims = {
  firejail: settingClaim('named.service', 'ExecStart', '/usr/bin/firejail --profile=x /usr/sbin/named -f'),
  'firejail with a prefix': settingClaim('named.service', 'ExecStart', '!firejail /usr/sbin/named -f'),
  'another ExecStart': settingClaim('named.service', 'ExecStart', '/opt/firejail-free/named -f'),
  strict: settingClaim('named.service', 'ProtectSystem', 'strict'),
  full: settingClaim('named.service', 'ProtectSystem', 'full'),
  'strict elsewhere': settingClaim('other.service', 'ProtectSystem', 'strict'),
  'under a profile': settingClaim('named.service', 'AppArmorProfile', 'named'),
  'as root': settingClaim('named.service', 'User', 'root'),
  'as bind': settingClaim('named.service', 'User', 'bind'),
  'a file': { mechanism: 'unit', unit: undefined, owns: 'file', value: '/etc/x' } as const,
  'another file': { mechanism: 'unit', unit: undefined, owns: 'file', value: '/etc/y' } as const,
};
type Name = keyof typeof claims;

/** Every pair that conflicts, and by which rule; all other pairs do not. */
const known: Readonly<Record<string, string>> = {
  'firejail + firejail': 'foreign-exec-start',
  'firejail + firejail with a prefix': 'foreign-exec-start',
  'firejail + another ExecStart': 'foreign-exec-start',
  'firejail with a prefix + firejail with a prefix': 'foreign-exec-start',
  'firejail with a prefix + another ExecStart': 'foreign-exec-start',
  'another ExecStart + another ExecStart': 'foreign-exec-start',
  'firejail + strict': 'firejail-protect-system-strict',
  'firejail with a prefix + strict': 'firejail-protect-system-strict',
  'firejail + under a profile': 'apparmorprofile-firejail',
  'firejail + as bind': 'firejail-user',
  'firejail with a prefix + under a profile': 'apparmorprofile-firejail',
  'firejail with a prefix + as bind': 'firejail-user',
  'under a profile + as root': 'apparmor-profile-root-start',
  'a file + a file': 'one-owner-of-a-file',
  'another file + another file': 'one-owner-of-a-file',
};

const names = Object.keys(claims) as Name[];
const pairs = names.flatMap((a, i) => names.slice(i).map((b) => [a, b] as const));

describe('conflict rules', () => {
  it.each(pairs)('%s + %s', (a, b) => {
    const found = conflictsWithin([
      { claim: claims[a], by: 'task 1' },
      { claim: claims[b], by: 'task 2' },
    ]);
    expect(found.map((it) => it.rule.id)).toEqual([known[`${a} + ${b}`]].filter(Boolean));
  });

  it.each(conflictRules)('$id has a reason, a source and advice', (rule) => {
    expect(rule.reason.length * rule.source.length * rule.advice.length).toBeGreaterThan(0);
  });

  it('lets one task claim a thing twice', () => {
    expect(conflictsWithin([1, 2].map(() => ({ claim: claims.firejail, by: 'one task' })))).toEqual([]);
  });
});

const mechanisms = [
  'AppArmor',
  'aa-exec',
  'AppArmorProfile=',
  'SELinux',
  'Firejail',
  'systemd sandbox',
  'seccomp',
  'chroot',
] as const satisfies readonly Mechanism[];

/** The verdict on every pair, row by row in the order above; behind it, what is not proven. */
const verdicts = `
AppArmor         fits pointless conflict fits fits fits fits
aa-exec          conflict conflict fits fits fits fits
AppArmorProfile= conflict conflict conditional conditional conditional
SELinux          fits? fits? fits? fits?
Firejail         conflict conflict conflict
systemd sandbox  conflict conflict
seccomp          conflict`
  .trim()
  .split('\n')
  .flatMap((row, i) => {
    const words = row.slice(17).trim().split(' ');
    return words.map((it, j) => [mechanisms[i], mechanisms[i + j + 1], it] as const);
  });

describe('every two mechanisms', () => {
  it('are in the table once', () => {
    expect(verdicts).toHaveLength((mechanisms.length * (mechanisms.length - 1)) / 2);
    expect(mechanismPairs).toHaveLength(verdicts.length);
  });

  it.each(verdicts)('%s and %s: %s', (a, b, verdict) => {
    if (a === undefined || b === undefined) throw new Error('the table is longer than the list');
    const known = pairOf(b, a);
    expect(`${known?.verdict}${known?.proof === 'unproven' ? '?' : ''}`).toBe(verdict);
    const found = conflictsWithin([
      { claim: mechanismClaim('named.service', a), by: 1 },
      { claim: mechanismClaim(b === 'SELinux' ? undefined : 'named.service', b), by: 2 },
    ]);
    expect(found.map((it) => it.rule.title)).toEqual(verdict === 'conflict' ? [`${a} and ${b}`] : []);
    expect(
      conflictsWithin([
        { claim: mechanismClaim('named.service', a), by: 1 },
        { claim: mechanismClaim('other.service', b), by: 2 },
      ]),
    ).toEqual([]);
  });
});

describe('rejectConflicts', () => {
  const at = (line: number) => ({ at: { file: 'x.yml', line, col: 7 }, index: line });
  const dropIn = (name: string, Service: Readonly<Record<string, unknown>>, line: number) =>
    task(
      { systemd_dropin: { unit: 'named.service', name, settings: { Service } } },
      { ...at(line), name: `line ${line}` },
    );

  it('names both tasks with their places, and what to do', () => {
    const tasks = [
      dropIn('10-jail', { ExecStart: ['', '/usr/bin/firejail /usr/sbin/named -f'] }, 5),
      dropIn('50-box', { ProtectSystem: 'strict' }, 12),
    ];
    expect(() => rejectConflicts([{ tasks }], modules)).toThrow(InputError);
    try {
      rejectConflicts([{ tasks }], modules);
    } catch (error) {
      expect((error as InputError).diagnostics).toEqual([
        expect.objectContaining({
          at: { file: 'x.yml', line: 12, col: 7 },
          message: expect.stringContaining('this task and "line 5" (x.yml:5:7)') as string,
          hint: 'keep one of them: Firejail, or the sandbox of systemd',
        }),
      ]);
    }
  });

  it('refuses two tasks that write one drop-in', () => {
    const tasks = [dropIn('50-x', { UMask: '0077' }, 5), dropIn('50-x', { UMask: '0027' }, 9)];
    expect(() => rejectConflicts([{ tasks }], modules)).toThrow(/two tasks that write one file/);
  });

  it('lets drop-ins that only share a unit pass', () => {
    const tasks = [dropIn('50-x', { UMask: '0077' }, 5), dropIn('60-y', { ProtectSystem: 'strict' }, 9)];
    expect(() => rejectConflicts([{ tasks }], modules)).not.toThrow();
  });
});

describe('what the host has by other hands', () => {
  const unit = (files: Readonly<Record<string, string>>) => ({
    'apparmor state': 'disabled',
    'p0 show':
      'Id=named.service\nNames=named.service bind9.service\nLoadState=loaded\nActiveState=active\nUnitFileState=enabled\nType=notify\nMainPID=0\n',
    ...Object.fromEntries(Object.entries(files).map(([path, text]) => [`p0 part ${path}`, text])),
    'unit clock': '2000\n1000.00 1900.00\n',
  });
  const vendor = '/lib/systemd/system/named.service';
  const plain = { [vendor]: '[Service]\nExecStart=/usr/sbin/named -f $OPTIONS\n' };
  const dropIn = (Service: Readonly<Record<string, unknown>>) =>
    task({ systemd_dropin: { unit: 'named.service', name: '50-x', settings: { Service } } });
  const profile = dropIn({ AppArmorProfile: 'named' });
  const sandbox = task({ systemd_sandbox: { tier: 'baseline' } });
  const jail = '/usr/bin/firejail /usr/sbin/named -f';

  it.each([
    ['a start as root', profile, plain, [], 'AppArmorProfile= and a start as root'],
    ['a start as bind', profile, { [vendor]: '[Service]\nUser=bind\n' }, [], undefined],
    [
      'a hand-made unit under firejail',
      sandbox,
      { '/etc/systemd/system/named.service': `[Service]\nExecStart=${jail}\n` },
      [],
      'Firejail and systemd sandbox',
    ],
    [
      'a vendor’s drop-in',
      sandbox,
      {
        ...plain,
        '/usr/lib/systemd/system/named.service.d/v.conf': `[Service]\nExecStart=\nExecStart=${jail}\n`,
      },
      [],
      'Firejail and systemd sandbox',
    ],
    [
      'a chroot',
      sandbox,
      { ...plain, '/etc/default/named': 'OPTIONS="-u bind -t /var/chroot"\n' },
      [],
      'systemd sandbox and chroot',
    ],
    [
      'another security module',
      task({ apparmor_mode: { profile: 'named', mode: 'enforce' } }),
      plain,
      ['lockdown', 'capability', 'selinux'],
      'AppArmor and SELinux',
    ],
    ['nothing', sandbox, plain, ['lockdown', 'apparmor'], undefined],
  ] as const)('%s', (_, declared, files, lsm, rule) => {
    const [planned] = planFor([declared], unit(files), { lsm }).tasks;
    const result = planned?.result;
    const conflict = result?.is === 'refused' && result.kind === 'conflict' ? result.message : undefined;
    expect(conflict?.split(':')[0]).toBe(rule);
    if (rule !== undefined) expect(conflict).toMatch(/the host has \S/);
  });

  const ran = (named: Parameters<typeof planFor>[2], files = plain) =>
    planFor([sandbox], unit(files), named).tasks[0]?.result;

  it('a named that another unit runs would stay as it is, so nothing is done to this one', () => {
    const own = { pid: 10, unit: 'named.service' };
    const other = { pid: 812, unit: 'bind-jail.service' };
    expect(ran({ named: [other] })).toMatchObject({
      kind: 'conflict',
      message: expect.stringContaining('the host has named running in bind-jail.service (PID 812)'),
    });
    for (const named of [[], [own], [own, other], [{ pid: 5, unit: '' }]])
      expect(ran({ named })).not.toMatchObject({ kind: 'conflict' });
  });

  it('a unit of something else is no matter of a named that runs', () => {
    const foreign = { [vendor]: '[Service]\nExecStart=/usr/sbin/auditd\n' };
    expect(ran({ named: [{ pid: 812, unit: 'bind-jail.service' }] }, foreign)).not.toMatchObject({
      kind: 'conflict',
    });
  });

  it('a task that sets the user counts before the host’s', () => {
    const bind = task({ systemd_sandbox: { tier: 'maximum' } });
    const [planned] = planFor([profile, bind], unit(plain)).tasks;
    expect(planned?.result).not.toMatchObject({ kind: 'conflict' });
  });
});
