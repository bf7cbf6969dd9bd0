import { describe, expect, it } from 'vitest';
import { modules } from '../../modules/index.ts';
import { lintTasks } from '../../src/plan/units.ts';
import type { CompiledTask } from '../../src/playbook/types.ts';
import { task } from '../support/host.ts';

const dropIn = (
  name: string,
  Service: Readonly<Record<string, unknown>>,
  more: Readonly<Record<string, unknown>> = {},
): CompiledTask =>
  task(
    { systemd_dropin: { unit: 'named.service', name, settings: { Service }, ...more } },
    {
      spotOf: (path, which) => ({
        at: { file: [name, which, ...path].join('/'), line: 1, col: 1 },
        length: 1,
      }),
    },
  );

const told = (...hosts: readonly (readonly CompiledTask[])[]) => {
  const { errors, warnings } = lintTasks(
    hosts.map((tasks) => ({ tasks })),
    modules,
  );
  return {
    errors: errors.map((it) => `${it.at.file}: ${it.message.split(':')[0]}`),
    warnings: warnings.map((it) => it.at.file),
  };
};

const user = dropIn('10-user', { User: 'bind' });
const port = dropIn('20-port', { AmbientCapabilities: 'CAP_NET_BIND_SERVICE' }, { unit: 'bind9.service' });
const lonely =
  '10-user/key/settings/Service/User: User=bind without AmbientCapabilities=CAP_NET_BIND_SERVICE';

describe('lintTasks', () => {
  it('points at the key of a setting', () => {
    expect(told([dropIn('50', { TasksMax: 20, PrivateNetwork: true })])).toEqual({
      errors: ['50/key/settings/Service/PrivateNetwork: PrivateNetwork=yes'],
      warnings: ['50/key/settings/Service/TasksMax'],
    });
  });

  it('knows what a tier brings, and tells nobody to change that', () => {
    const maximum = task({ systemd_sandbox: { tier: 'maximum' } });
    const profile = dropIn('60-profile', { AppArmorProfile: 'named' });
    expect(told([maximum])).toEqual({ errors: [], warnings: [] });
    expect(told([profile]).errors).toEqual([
      '60-profile/key/settings/Service/AppArmorProfile: AppArmorProfile=named without User=',
    ]);
    expect(told([maximum, profile]).errors).toEqual([]);
  });

  it('judges the drop-ins of one unit together, whatever it is called and in whatever order', () => {
    expect(told([user])).toEqual({ errors: [lonely], warnings: [] });
    expect(told([port, user])).toEqual({ errors: [], warnings: [] });
  });

  it('takes the order of their names, not that of the tasks', () => {
    const [late, early] = [dropIn('90', { TasksMax: 512 }), dropIn('10', { TasksMax: 5 })];
    expect(told([late, early])).toEqual({ errors: [], warnings: [] });
  });

  it('keeps hosts and units apart', () => {
    expect(told([user], [port])).toEqual({ errors: [lonely], warnings: [] });
    const other = dropIn('20-port', { AmbientCapabilities: 'CAP_NET_BIND_SERVICE' }, { unit: 'a.service' });
    expect(told([user, other])).toEqual({ errors: [lonely], warnings: [] });
  });

  it('says once what several hosts share', () => {
    const again = dropIn('10-user', { User: 'bind' });
    expect(told([user], [user], [again])).toEqual({ errors: [lonely], warnings: [] });
  });

  it('lets a drop-in pass that goes', () => {
    expect(told([dropIn('50', { PrivateNetwork: true }, { state: 'absent' })])).toEqual({
      errors: [],
      warnings: [],
    });
  });

  it('sees Firejail and a sandbox in one task, which no conflict between tasks can', () => {
    const jail = {
      ExecStart: ['', '/usr/bin/firejail /usr/sbin/named -f -u bind'],
      NotifyAccess: 'all',
      SuccessExitStatus: 143,
    };
    expect(
      told([dropIn('50', { ...jail, ProtectSystem: 'strict', ReadWritePaths: '-/var/cache/bind' })]),
    ).toEqual({
      errors: [expect.stringMatching(/ProtectSystem= with firejail/)],
      warnings: [expect.stringMatching(/ExecStart/)],
    });
  });
});
