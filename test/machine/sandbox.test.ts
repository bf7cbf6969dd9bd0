import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { MachineHandle } from '../../src/lab/hosts.ts';
import { playbook } from '../support/confine.ts';
import { apply, label, machine, on, plan, serial, surfaces, undoLast } from '../support/lab.ts';

let host: MachineHandle;
beforeAll(async () => {
  host = await machine();
});
beforeEach(() => host.reset());

const status = (name: string) =>
  on(host, `sed -n 's/^${name}:.//p' /proc/$(systemctl show -p MainPID --value named)/status`);
const exposure = () =>
  on(host, "systemd-analyze security --no-pager named | sed -n 's/.*named.service: \\([0-9.]*\\) .*/\\1/p'");

describe('the sandbox of systemd', () => {
  it.each([
    ['baseline', '3.0'],
    ['strict', '2.3'],
    ['maximum', '1.5'],
  ])('%s reaches an exposure of %s, and reload, stop and undo work', async (tier, figure) => {
    await on(host, 'sed -i \'s/^OPTIONS=.*/OPTIONS="-u bind -n 2"/\' /etc/default/named');
    const before = await surfaces(host);
    const book = playbook([{ systemd_sandbox: { tier } }]);
    expect(await apply(book)).toMatchObject({ code: 0 });
    expect(await exposure()).toBe(figure);
    expect(await label(host)).toBe('named (complain)');
    expect(await status('NoNewPrivs')).toBe('1');
    if (tier === 'maximum') {
      expect(await status('CapEff')).toBe('0000000000000400');
      expect(await on(host, 'tr "\\0" " " </proc/$(systemctl show -p MainPID --value named)/cmdline')).toBe(
        '/usr/sbin/named -f -n 2',
      );
    }
    await on(host, 'systemctl reload named && systemctl stop named && systemctl start named');
    expect(await serial(host)).not.toBe('');
    expect(await plan(book)).toMatchObject({ code: 0, stdout: '' });
    expect(await undoLast(host)).toContain('undone');
    expect(await surfaces(host)).toBe(before);
    expect(await exposure()).toBe('9.6');
  });
});
