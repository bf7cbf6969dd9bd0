import { describe, expect, it } from 'vitest';
import type { Hold } from '../../src/observe/attest-holds.ts';
import { planFor, task } from '../support/host.ts';

const complaining = (local = '') => ({
  'apparmor state': 'enabled',
  'apparmor profiles': 'named\tcomplain\taa\tff01\n',
  'apparmor headers': 'profile named /usr/sbin/named flags=(attach_disconnected) {\n',
  'p0 files': '/etc/apparmor.d/usr.sbin.named\n',
  'p0/file file': '644 root root\n',
  'p0/file content': 'profile named /usr/sbin/named flags=(attach_disconnected) {\n}\n',
  'p0/local file': '644 root root\n',
  'p0/local content': local,
  'p0/force-complain link': '../usr.sbin.named',
  'p0/disable absent': '',
  'p0 parsed': '##included <local/usr.sbin.named>\nff01  -\n',
  'p0 processes': '812\tnamed (complain)\tnamed.service\n',
});

const enforce = task({ apparmor_mode: { profile: 'named', mode: 'enforce' } });
const override = task({ apparmor_override: { profile: 'named', rules: ['/a r,'] } });
const soaks = (more: Partial<Hold> = {}): Hold => ({
  id: 'rollout-7',
  kind: 'rollout',
  who: 'alice@ws',
  why: '',
  since: 1,
  until: undefined,
  mechanisms: ['apparmor'],
  files: ['/etc/apparmor.d/force-complain/usr.sbin.named'],
  profiles: ['named'],
  ...more,
});

describe('a hold', () => {
  it('has the playbook say enforce, and the host in sync in complain', () => {
    const hold = soaks();
    const plan = planFor([enforce], complaining(), { holds: [hold] });
    expect(plan).toMatchObject({ state: 'in-sync', changes: [], expect: [], holds: [hold] });
    expect(plan.tasks[0]?.result).toEqual({ is: 'held', by: [hold] });
  });

  it('keeps only what it names: rules come, and the kernel loads them in the mode that is held', () => {
    const plan = planFor([override, enforce], complaining(), { holds: [soaks()] });
    expect(plan.tasks.map((it) => it.result.is)).toEqual(['changes', 'held']);
    expect(plan.changes).toMatchObject([
      { change: 'file', path: '/etc/apparmor.d/local/usr.sbin.named' },
      { change: 'profile', from: 'complain', to: 'complain' },
    ]);
  });

  it('of something else holds nothing here', () => {
    const plan = planFor([enforce], complaining(), {
      holds: [soaks({ files: ['/etc/x'], profiles: ['other'] })],
    });
    expect(plan.changes.map((it) => it.change)).toEqual(['file', 'profile', 'restart']);
  });

  it('of a sandbox asks the process for nothing that it took away', () => {
    const unit = {
      'p0 show': 'Id=named.service\nNames=named.service\nLoadState=loaded\nActiveState=active\nMainPID=0\n',
      'p0 part /lib/systemd/system/named.service': '[Service]\nExecStart=/usr/sbin/named -f\n',
      'unit clock': '2000\n1000.00 1900.00\n',
      'p1 path': '/etc/systemd/system/named.service.d/50-confine-seccomp.conf\n',
      'p1 absent': '',
    };
    const filter = [task({ seccomp: {} })];
    const files = ['/etc/systemd/system/named.service.d/50-confine-seccomp.conf'];
    expect(planFor(filter, unit).expect).toEqual([{ is: 'has', unit: 'named.service', trait: 'filter' }]);
    expect(planFor(filter, unit, { holds: [soaks({ files, profiles: [] })] }).expect).toEqual([]);
  });

  it('ends where it is broken, even with nothing else to do', () => {
    expect(planFor([enforce], complaining(), { holds: [soaks()], breakHolds: true })).toMatchObject({
      state: 'changes',
      breaks: true,
      changes: [{ change: 'file' }, { change: 'profile' }, { change: 'restart' }],
    });
    expect(planFor([], {}, { holds: [soaks()], breakHolds: true })).toMatchObject({
      state: 'changes',
      changes: [],
    });
    expect(planFor([], {}, { holds: [], breakHolds: true })).toMatchObject({
      state: 'in-sync',
      breaks: false,
    });
  });
});
