import { beforeAll, beforeEach, expect, it } from 'vitest';
import type { MachineHandle } from '../../src/lab/hosts.ts';
import { apply, label, machine, on, plan, serial, surfaces } from '../support/lab.ts';
import { exercise, rollout, rolloutBook, stateOf, watches } from '../support/rollout.ts';

let host: MachineHandle;
beforeAll(async () => {
  host = await machine();
});
beforeEach(() => host.reset());

const zones = {
  apparmor_override: { profile: 'named', rules: ['/srv/bind/zones/ r,', '/srv/bind/zones/** r,'] },
};
const spec = { waves: ['100%'], soak: '5s', watch: '5s' };
/** A machine under emulation takes half a minute for a look, and several for a transaction. */
const slow = { timeout: 1_800_000 };
const patient = { timeout: 300_000, interval: 2000 };

it('a need outside of the profile blocks it, an override lets it through to done', slow, async () => {
  const short = rolloutBook(spec);
  expect(await apply(short)).toMatchObject({ code: 0 });
  expect(await host.run('ls /var/lib/confine/rollout')).toMatchObject({ code: 2 });
  const begun = await rollout('start', short);
  expect(begun.code).toBe(10);
  expect(await label(host)).toBe('named (complain)');
  const held = await plan(short);
  expect(held).toMatchObject({ code: 0, stdout: expect.stringContaining('held: in rollout "Enforce"') });

  await exercise(host);
  const blocked = await rollout('advance', short);
  expect(blocked).toMatchObject({
    code: 10,
    stdout: expect.stringContaining('/srv/bind/zones/db.example.test'),
  });
  expect(await label(host)).toBe('named (complain)');

  const book = rolloutBook(spec, [zones]);
  expect(await apply(book)).toMatchObject({ code: 0 });
  expect(await label(host)).toBe('named (complain)');
  expect((await rollout('advance', book)).stderr).toContain(
    'the soak begins again: the policy is another one',
  );
  await exercise(host);
  const enforced = await rollout('advance', book);
  expect(enforced.code).toBe(10);
  expect(await label(host)).toBe('named (enforce)');
  await expect.poll(() => watches(host), patient).toBe('inactive');
  const finished = await rollout('advance', book);
  expect(finished.code).toBe(0);
  expect((await stateOf(host))?.stage).toBe('done');
  expect(await serial(host)).not.toBe('');
  expect(await plan(book)).toMatchObject({ code: 0, stdout: '' });
  expect((await rollout('advance', book)).code).toBe(0);
});

it('a denial behind enforce puts the host back by itself, and abort gives back the bytes', slow, async () => {
  const book = rolloutBook({ ...spec, watch: '1h' }, [zones]);
  expect(await apply(book)).toMatchObject({ code: 0 });
  const before = await surfaces(host);
  expect((await rollout('start', book)).code).toBe(10);
  await exercise(host);
  expect((await rollout('advance', book)).code).toBe(10);
  expect(await label(host)).toBe('named (enforce)');

  // A zone that named can't read under the profile, and answers without when it is not asked for it again.
  await on(
    host,
    `mkdir -p /opt/zones && cp /srv/bind/zones/db.example.test /opt/zones/db.added && echo 'zone "added.test" { type primary; file "/opt/zones/db.added"; };' >>/etc/bind/named.conf.local && { rndc reconfig || true; }`,
  );
  await expect.poll(async () => (await stateOf(host))?.stage, patient).toBe('back');
  expect((await stateOf(host))?.reason).toContain('AppArmor denied open "/opt/zones/db.added"');
  await expect.poll(() => watches(host), patient).toBe('inactive');
  expect(await label(host)).toBe('named (complain)');
  expect(await serial(host)).not.toBe('');
  const stopped = await rollout('advance', book);
  expect(stopped).toMatchObject({ code: 7, stdout: expect.stringContaining('/opt/zones/db.added') });

  await on(host, `sed -i /added.test/d /etc/bind/named.conf.local && rndc reconfig`);
  await rollout('abort', book);
  expect(await stateOf(host)).toBeUndefined();
  expect(await surfaces(host)).toBe(before);
});
