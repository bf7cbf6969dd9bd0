import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { MachineHandle } from '../../src/lab/hosts.ts';
import { playbook } from '../support/confine.ts';
import { apply, fingerprint, label, machine, on, serial } from '../support/lab.ts';

let host: MachineHandle;
beforeAll(async () => {
  host = await machine();
});
beforeEach(() => host.reset());

const rules = (...them: readonly string[]) => ({ apparmor_override: { profile: 'named', rules: them } });
const enforce = { apparmor_mode: { profile: 'named', mode: 'enforce' } };
const loaded = () => on(host, 'grep -c confine-rehearsal /sys/kernel/security/apparmor/profiles || true');

describe('the rehearsal', () => {
  it('refuses a profile under which a zone does not load, says what needs it, and leaves nothing', async () => {
    const before = await fingerprint(host);
    const ran = await apply(playbook([enforce]));
    expect(ran.stderr).toContain(
      'ns1: refused: named would not work under profile named (enforce): zone example.test (/etc/bind/named.conf.local:3) is denied /srv/bind/zones/db.example.test, which the rule /srv/bind/zones/db.example.test r, would allow',
    );
    expect(ran.code).toBe(2);
    expect(await fingerprint(host)).toBe(before);
    expect(await loaded()).toBe('0');
    expect(await label(host)).toBe('named (complain)');
  });

  it('names the file that a link leads to, since that is what the kernel judges', async () => {
    await on(host, 'mv /srv/bind/zones /srv/elsewhere && ln -s /srv/elsewhere /srv/bind/zones');
    const ran = await apply(playbook([rules('/srv/bind/zones/** r,'), enforce]));
    expect(ran.stderr).toContain('the rule /srv/elsewhere/db.example.test r, would allow');
    expect(ran.code).toBe(2);
  });

  it('refuses a profile under which a log does not open, without a change to that log', async () => {
    await on(
      host,
      `printf 'logging { channel q { file "/srv/bind/q.log"; }; category xfer-out { q; }; };\n' >>/etc/bind/named.conf.local &&
      printf 'old\n' >/srv/bind/q.log && chown bind: /srv/bind /srv/bind/q.log && touch -d @1700000000 /srv/bind/q.log && systemctl restart named`,
    );
    const stat = () => on(host, "stat -c '%s %y %i' /srv/bind/q.log; ls -a /srv/bind");
    const before = await stat();
    const ran = await apply(playbook([rules('/srv/bind/zones/** r,'), enforce]));
    expect(ran.stderr).toContain(
      'channel q (/etc/bind/named.conf.local:9) is denied /srv/bind/q.log, which the rule /srv/bind/q.log rw, would allow',
    );
    expect(ran.code).toBe(2);
    expect(await stat()).toBe(before);
    expect(await loaded()).toBe('0');
  });

  it('does not count a zone that is broken anyway', async () => {
    await on(
      host,
      `printf 'zone "broken.test" { type primary; file "/etc/bind/nosuch"; };\n' >>/etc/bind/named.conf.local && rndc reconfig`,
    );
    const ran = await apply(playbook([rules('/srv/bind/zones/** r,'), enforce]));
    expect(ran.stderr).toContain('ns1: changed, DNS answers');
    expect(ran.code).toBe(0);
    expect(await label(host)).toBe('named (enforce)');
    expect(await serial(host)).not.toBe('');
    expect(await loaded()).toBe('0');
  });

  it('does not count a zone that the profile denies already, so that another can be mended', async () => {
    await on(
      host,
      'rm /etc/apparmor.d/force-complain/usr.sbin.named && apparmor_parser -r /etc/apparmor.d/usr.sbin.named && systemctl restart named',
    );
    expect(await serial(host)).toBe('');
    // More rules deny nothing new, so nothing is rehearsed; fewer may.
    const more = await apply(playbook([rules('/srv/other/** r,', '/srv/more/** r,')]));
    expect(more.code).toBe(0);
    expect(more.stderr).not.toContain('rehearsal');
    const fewer = await apply(playbook([rules('/srv/other/** r,')]));
    expect(fewer.stderr).toContain('rehearsal of profile named (enforce)');
    expect(fewer.code).toBe(0);
  });

  it('is said to be not tried where the host lacks its tools, and the restart still proves', async () => {
    await on(host, 'mv /usr/bin/aa-exec /usr/bin/aa-exec.away');
    const ran = await apply(playbook([rules('/srv/bind/zones/** r,'), enforce]));
    expect(ran.stderr).toContain('rehearsal of profile named: not tried: no aa-exec on this host');
    expect(ran.code).toBe(0);
  });

  it('of a supervisor that is killed leaves no copy loaded', async () => {
    await on(
      host,
      `printf '#!/bin/sh\\ncase " $* " in *" -z "*) exec sleep 100 ;; esac\\nexec /usr/bin/named-checkconf "$@"\\n' >/usr/local/bin/named-checkconf && chmod 755 /usr/local/bin/named-checkconf`,
    );
    const applied = apply(playbook([rules('/srv/bind/zones/** r,'), enforce]));
    await on(
      host,
      "i=0; until grep -q confine-rehearsal /sys/kernel/security/apparmor/profiles; do i=$((i + 1)); [ $i -lt 600 ] || exit 1; sleep 0.1; done; systemctl kill -s KILL --kill-who=main 'confine-*-run.service'",
    );
    const ran = await applied;
    expect(ran.stderr).toContain('the transaction was interrupted before it changed anything');
    expect(ran.code).toBe(2);
    expect(await loaded()).toBe('0');
  });
});
