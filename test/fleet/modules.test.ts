import { beforeEach, describe, expect, it } from 'vitest';
import type { ContainerHandle } from '../../src/lab/hosts.ts';
import { playbook } from '../support/confine.ts';
import { expectContract, type Effect } from '../support/contract.ts';
import { apply, containers, fingerprint, on, plan, serial, surfaces, undoLast } from '../support/lab.ts';

let host: ContainerHandle;
beforeEach(async () => {
  [host] = (await containers(['c1'])) as [ContainerHandle];
});

const only = ['-l', 'c1'];
const dropIn = {
  systemd_dropin: { unit: 'bind9.service', name: '50-confine', settings: { Service: { UMask: '0027' } } },
};
const noDropIn = { systemd_dropin: { unit: 'named.service', name: '50-confine', state: 'absent' } };
const service = (more: object) => ({ service: { unit: 'bind9.service', ...more } });
const umask = "grep '^Umask' /proc/$(systemctl show -p MainPID --value named)/status";

const effects: Readonly<Record<string, Effect>> = {
  'systemd_dropin, present': { first: [], tasks: [dropIn], look: umask, seen: 'Umask:\t0027' },
  'systemd_dropin, absent': { first: [dropIn], tasks: [noDropIn], look: umask, seen: 'Umask:\t0022' },
  'service, disabled': {
    first: [],
    tasks: [service({ enabled: false })],
    look: 'systemctl is-enabled named || true',
    seen: 'disabled',
  },
};

describe('a module of systemd on a real host', () => {
  it.each(Object.entries(effects))('%s', (_, effect) => expectContract(host, effect));

  it('service, stopped: DNS is not asked of a server that is to be silent', async () => {
    const book = playbook([service({ state: 'stopped' })]);
    const before = await surfaces(host);
    expect(await apply(book, ...only)).toMatchObject({ code: 0 });
    expect(await on(host, 'systemctl is-active named || true')).toBe('inactive');
    expect(await plan(book, ...only)).toMatchObject({ code: 0, stdout: '' });
    expect(await undoLast(host)).toContain('undone');
    expect(await surfaces(host)).toBe(before);
    expect(await serial(host)).not.toBe('');
  });

  it('systemd_dropin: a later file that overrides ours is a conflict, and nothing is changed', async () => {
    const folder = '/etc/systemd/system/named.service.d';
    await on(
      host,
      `mkdir -p ${folder} && printf '[Service]\\nUMask=0077\\n' >${folder}/90-mine.conf && systemctl daemon-reload`,
    );
    const before = await fingerprint(host);
    const ran = await apply(playbook([dropIn]), ...only);
    expect(ran.code).toBe(3);
    expect(ran.stderr).toContain('90-mine.conf:2 is read after');
    expect(await fingerprint(host)).toBe(before);
  });
});
