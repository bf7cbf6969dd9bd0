import { describe, expect, it } from 'vitest';
import type { HostName } from '../../src/brand.ts';
import { manifest } from '../../src/apply/manifest.ts';
import type { Hold } from '../../src/observe/attest-holds.ts';
import { value } from '../../src/observe/observation.ts';
import { observeTrip } from '../../src/observe/observe.ts';
import { auditModule, haltingSetting } from '../../src/plan/audit.ts';
import { endedBy } from '../../src/plan/holds.ts';
import { inverse } from '../../src/plan/inverse.ts';
import { planHost } from '../../src/plan/plan.ts';
import type { HostPlan } from '../../src/plan/types.ts';
import { answer, planFor, task } from '../support/host.ts';

const profile = 'profile named /usr/sbin/named flags=(attach_disconnected) {\n}\n';
const loaded = (raw: string, local = '') => ({
  'apparmor state': 'enabled',
  'apparmor profiles': `named\tenforce\taa\t${raw}\n`,
  'apparmor headers': 'profile named /usr/sbin/named flags=(attach_disconnected) {\n',
  'p0 files': '/etc/apparmor.d/usr.sbin.named\n',
  'p0/file file': '644 root root\n',
  'p0/file content': profile,
  'p0/local file': '644 root root\n',
  'p0/local content': local,
  'p0/force-complain absent': '',
  'p0/disable absent': '',
  'p0 parsed': '##included <local/usr.sbin.named>\nff01  -\n',
  'p0 processes': '812\tnamed (enforce)\tnamed.service\n',
});
const status = 'enabled 1\nfailure 1\npid 9\nlost 0\nbacklog_limit 8192\n';
const fresh = { ...loaded('ff01'), 'p1 absent': '', 'p2 status': status, 'p3 asked': '' };

function audit(frames: Readonly<Record<string, string>>): HostPlan {
  const begin = { ...task({ seccomp: {} }), module: 'audit', params: { profile: 'named' } };
  const seen = observeTrip(Object.values(auditModule.observe(begin.params)), 'n').read(answer(frames));
  return planHost({
    host: 'ns1' as HostName,
    tasks: [begin],
    modules: new Map([['audit', auditModule]]),
    facts: {},
    lsm: [],
    named: [],
    answer: seen.answer,
    holds: value([]),
    breakHolds: false,
  });
}

describe('an audit', () => {
  it('loads a flagged copy without a restart, and its end the file', () => {
    const plan = audit(fresh);
    expect(plan.changes).toMatchObject([
      { change: 'profile', from: 'enforce', to: 'enforce', tightens: false },
    ]);
    const { lines, files } = manifest(plan);
    expect(lines).toEqual([
      expect.stringMatching(/^audited\tnamed\t\/etc\/apparmor.d\/usr.sbin.named\tenforce\t1\tfile:/),
      expect.stringMatching(/^source\t\/etc\/apparmor.d\/usr.sbin.named\tfile:[0-9a-f]{64}:644:root:root$/),
      expect.stringMatching(/^source\t\/etc\/apparmor.d\/local\/usr.sbin.named\t/),
      'watch\tnamed.service',
    ]);
    expect(files.get(1)?.toString()).toBe(profile.replace('ed)', 'ed, audit)'));
    expect(manifest({ ...inverse(plan), expect: [] }).lines).toEqual([
      'profile\tnamed\t/etc/apparmor.d/usr.sbin.named\tenforce\tenforce',
      'watch\tnamed.service',
    ]);
  });

  it.each([
    [
      'auditd would bring this host down',
      { 'p1 file': '640 root root', 'p1 content': 'disk_full_action = HALT\n' },
    ],
    ['auditctl -f 2', { 'p2 status': status.replace('failure 1', 'failure 2') }],
    ['profile named is not loaded', { 'apparmor profiles': '' }],
    ['other rules of profile named', { 'p0 parsed': 'ff09  -\n' }],
    ['has the flag audit already', { 'p0/file content': profile.replace('ed)', 'ed, audit)') }],
    ['profile named is disabled', { 'p0/disable link': '../usr.sbin.named', 'p0/disable absent': '' }],
    ['held already (relax) by bob', { 'p3 hold x': 'kind\trelax\nwho\tbob\nsince\t1\nprofile\tnamed\n' }],
  ])('is refused: %s', (message, more) => {
    const frames: Record<string, string> = { ...fresh, ...more };
    if ('p1 file' in more) delete frames['p1 absent'];
    if ('p0/disable link' in more) delete frames['p0/disable absent'];
    expect(audit(frames)).toMatchObject({ state: 'blocked', tasks: [{ result: { is: 'refused' } }] });
    expect(audit(frames).tasks[0]?.result).toMatchObject({ message: expect.stringContaining(message) });
  });
});

describe('an audit under way', () => {
  const hold: Hold = {
    id: 'a',
    kind: 'audit',
    who: 'alice@ws',
    why: '',
    since: 1,
    until: 601,
    mechanisms: ['named'],
    files: [],
    profiles: ['named'],
  };
  const enforce = task({ apparmor_mode: { profile: 'named', mode: 'enforce' } });
  const complain = task({ apparmor_mode: { profile: 'named', mode: 'complain' } });
  const override = task({ apparmor_override: { profile: 'named', rules: ['/a r,'] } });

  it('explains another policy in the kernel, also to --break-hold', () => {
    expect(planFor([enforce], loaded('ff02')).changes.map((it) => it.change)).toEqual(['profile', 'restart']);
    for (const breakHolds of [false, true]) {
      const plan = planFor([enforce], loaded('ff02'), { holds: [hold], breakHolds });
      expect(plan).toMatchObject({ state: 'in-sync', tasks: [{ result: { is: 'held', by: [hold] } }] });
      expect(endedBy(plan)).toEqual([]);
    }
  });

  it.each([
    ['its mode', complain],
    ['its rules', override],
  ])('ends with a plan that loads the profile for %s', (_, it) => {
    const plan = planFor([it], loaded('ff02'), { holds: [hold] });
    expect(plan.changes.map(({ change }) => change)).toContain('profile');
    expect(endedBy(plan)).toEqual([hold]);
    expect(manifest(plan).lines).toContain('release\ta\tstops');
  });
});

it.each([
  ['disk_full_action = HALT', 'disk_full_action = HALT'],
  ['  Space_Left_Action=single\n', 'space_left_action = single'],
  ['log_file = /x\nadmin_space_left_action = Halt', 'admin_space_left_action = Halt'],
  ['overflow_action = halt', 'overflow_action = halt'],
  ['# disk_full_action = HALT\ndisk_full_action = SUSPEND', undefined],
  ['max_log_file_action = HALT', undefined],
  ['', undefined],
])('auditd.conf %j halts by %j', (text, setting) => {
  expect(haltingSetting(text)).toBe(setting);
});
