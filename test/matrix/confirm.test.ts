import { dump } from 'js-yaml';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { labDown } from '../../src/lab/lab.ts';
import { releases } from '../../src/lab/releases.ts';
import { until } from '../../src/lab/run.ts';
import type { MachineHandle } from '../../src/lab/hosts.ts';
import { confine, scratch, startConfine } from '../support/confine.ts';
import { labMachines, machine, on, serial, surfaces } from '../support/lab.ts';

let host: MachineHandle;

/** The machine once more, as a peer that asks it at the address of its network card, which is not localhost. */
function beside(): string {
  const { vars, hosts } = labMachines();
  const ns1 = hosts[host.name];
  return scratch(
    'inventory.yml',
    dump({ lab: { vars, hosts: { ns1: { ...ns1, confine_dns_address: '10.0.2.15' }, beside: ns1 } } }),
  );
}

const args = (confirm: object, Service: object) => [
  'apply',
  scratch(
    'playbook.yml',
    dump([
      {
        hosts: 'ns1',
        become: true,
        confirm,
        tasks: [{ systemd_dropin: { unit: 'named.service', name: '50-confine', settings: { Service } } }],
      },
    ]),
  ),
  '-i',
  beside(),
  '--yes',
];

const deny = { IPAddressDeny: 'any', IPAddressAllow: 'localhost' };

describe.each(releases)('confirm on %s', (release) => {
  beforeEach(async () => {
    host = await machine(release);
  });
  // Its memory and its share of the processor are for the next one.
  afterAll(() => labDown([host.name], () => {}));

  it('a filter of addresses that forgets the clients is undone', async () => {
    const before = await surfaces(host);
    const ran = await confine(args({ within: '30s', from: 'beside' }, deny));
    expect(ran.stderr).toMatch(/undone, DNS answers as before: .*; from beside: .*timed out/);
    expect(ran.code).toBe(7);
    expect(await surfaces(host)).toBe(before);

    const wider = { ...deny, IPAddressAllow: 'localhost 10.0.2.0/24' };
    const again = await confine(args({ within: '5m', from: 'beside' }, wider));
    expect(again.stderr).toContain('changed, DNS answers');
    expect(again.code).toBe(0);
  });

  it('power that fails while the host waits means undo, before named starts', async () => {
    const before = await surfaces(host);
    const run = startConfine(args({ within: '10m', from: 'beside' }, deny));
    const phase = 'cat /var/lib/confine/transactions/*/phase';
    expect(await until(300, async () => (await host.run(phase)).stdout.trim() === 'confirming')).toBe(true);
    process.kill(run.pid, 'SIGKILL');
    await run.ended;
    await host.powerOff();
    await host.boot();
    expect(await on(host, phase)).toBe('undone');
    expect(await surfaces(host)).toBe(before);
    expect(await serial(host)).not.toBe('');
  });
});
