import { beforeAll, expect, it } from 'vitest';
import { AbsolutePath } from '../../src/brand.ts';
import { parseOutcome } from '../../src/apply/outcome.ts';
import { applyTrip } from '../../src/apply/session.ts';
import type { ContainerHandle } from '../../src/lab/hosts.ts';
import { absent, value } from '../../src/observe/observation.ts';
import { containers, on } from '../support/lab.ts';
import { hostPlan, textFile } from '../support/plan.ts';

let host: ContainerHandle;
beforeAll(async () => {
  [host] = (await containers(['c1'])) as [ContainerHandle];
});

const path = (name: string) => AbsolutePath.parse(`/etc/confine-test-${name}`);
const plan = hostPlan('c1', {
  changes: ['one', 'two'].map((name) => ({
    change: 'file',
    path: path(name),
    before: absent,
    after: value(textFile(name)),
  })),
  state: 'changes',
});

/** Hangs where the second file is put in place, so that nothing but the deadline ends the transaction. */
const hangs = `printf '%s\\n' '#!/bin/sh' 'case $* in "-fT "*/confine-test-two) exec sleep 600 ;; esac' 'exec /usr/bin/mv "$@"' >/usr/local/sbin/mv && chmod +x /usr/local/sbin/mv`;

it.each([
  ['with systemd', 'true', 'true'],
  ['without systemd', 'mv /run/systemd/system /run/systemd/away', 'mv /run/systemd/away /run/systemd/system'],
])('a transaction that hangs is undone at its deadline, by the host alone (%s)', async (_, away, back) => {
  await on(host, `${away} && ${hangs}`);
  try {
    const request = { who: 'alice@ws', commit: '', version: '0', baseline: 'waived', deadline: 5 } as const;
    const { stdout } = await host.run('sh -s', applyTrip(plan, request));
    expect(parseOutcome(stdout).outcome).toMatchObject({
      is: 'undone',
      reason: 'the transaction was interrupted',
    });
    expect(await on(host, 'ls -A /etc | grep confine-test || true')).toBe('');
  } finally {
    await on(host, `/usr/bin/rm -f /usr/local/sbin/mv /etc/*confine-test-*; ${back}`);
  }
});
