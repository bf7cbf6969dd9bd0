import { beforeAll, beforeEach, expect, it } from 'vitest';
import type { MachineHandle } from '../../src/lab/hosts.ts';
import { confine, playbook, type Ran } from '../support/confine.ts';
import { eventLines } from '../support/event-lines.ts';
import { fingerprint, label, labInventory, machine, on } from '../support/lab.ts';

let host: MachineHandle;
beforeAll(async () => {
  host = await machine();
});
beforeEach(async () => {
  await host.reset();
  await on(host, stopAuditd);
});

const status = (...more: readonly string[]): Promise<Ran> =>
  confine(['status', '-i', labInventory(), '-l', 'ns1', ...more]);
const facts = async (): Promise<unknown> =>
  eventLines((await status('--json')).stdout).events.find(({ event }) => event === 'host-status');
const logins = async () =>
  Number(await on(host, "journalctl -q -o cat -t sshd | grep -c 'Accepted publickey'"));

/** The cells of the host's row. */
const row = ({ stdout }: Ran): readonly string[] => (stdout.split('\n')[1] ?? '').split(/ {2,}/);

/** auditd takes its end from nobody but root's kill; the records go to the journal then. */
const stopAuditd = 'kill $(cat /run/auditd.pid) && tail --pid=$(cat /run/auditd.pid) -f /dev/null';

/** Lets the profile deny, without the rule that the zone's folder needs, and asks named to read the zone. */
const deny = [
  'rm /etc/apparmor.d/force-complain/usr.sbin.named',
  'apparmor_parser -r /etc/apparmor.d/usr.sbin.named',
  'touch /srv/bind/zones/db.example.test',
  'rndc reload example.test',
].join(' && ');

it('a stock host: what holds named back, and what does not; one trip, and nothing is changed', async () => {
  const before = await fingerprint(host);
  const logged = await logins();
  const ran = await status();
  expect(ran.code).toBe(0);
  // One login is that of status, and one that of the count itself.
  expect(await logins()).toBe(logged + 2);
  expect(row(ran)).toEqual([
    'ns1',
    'named (complain)',
    'no',
    'off',
    '9.6',
    expect.stringMatching(/^active since /),
    'never',
  ]);
  expect(ran.stdout).toContain('! the policy of named only records: named (complain)');
  expect(ran.stdout).toContain('! no auditd runs');
  expect(ran.stdout).not.toContain('sshd');
  expect(ran.stdout).not.toMatch(/^ {2}[x?] /m);
  expect(await fingerprint(host)).toBe(before);

  const verbose = (await status('-v')).stdout;
  expect(verbose).toMatch(/capabilities +NET_BIND_SERVICE SYS_RESOURCE\n/);
  expect(verbose).toMatch(/may ever have +all\n/);
  expect(verbose).toMatch(/tasks +\d+ of \d+\n/);
  expect(verbose).toMatch(/changed profiles +none\n/);
  expect(await facts()).toMatchObject({
    schemaVersion: 1,
    event: 'host-status',
    host: 'ns1',
    is: 'attested',
    attestation: {
      unit: { value: { active: 'active', proven: { is: 'absent' } } },
      named: {
        value: {
          process: {
            value: {
              exe: { value: '/usr/sbin/named' },
              label: { value: { module: 'apparmor', profiles: ['named'], mode: 'complain' } },
              firejail: false,
            },
          },
        },
      },
      conffiles: { is: 'value', value: [] },
      holds: { is: 'value', value: [] },
      trail: { value: { audit: { value: { pid: 0 } }, evidence: { value: { whole: true, denials: [] } } } },
    },
  });
});

it('named runs unconfined: an alarm, whatever files and systemd say', async () => {
  await on(host, 'apparmor_parser -R /etc/apparmor.d/usr.sbin.named');
  expect(await label(host)).toBe('unconfined');
  const removed = await status();
  expect(row(removed)[1]).toBe('unconfined');
  expect(removed.stdout).toMatch(/^ {2}x named runs unconfined\n/m);
  expect(removed.code).toBe(0);

  await on(host, 'apparmor_parser -a /etc/apparmor.d/usr.sbin.named 2>/dev/null');
  const loaded = await status();
  expect(row(loaded)[1]).toBe('unconfined');
  expect(loaded.stdout).toContain('x named runs unconfined, although profile named (complain) is loaded');
  await on(host, 'systemctl restart named');
  expect(row(await status())[1]).toBe('named (complain)');
});

it('an access that was denied shows, counted once', async () => {
  await on(host, deny);
  await expect
    .poll(async () => (await status()).stdout)
    .toContain('x named was denied an access in this boot');
  const ran = await status();
  expect(ran.stdout).toContain('open "/srv/bind/zones/db.example.test" (r) by ');
  expect(row(ran)[1]).toBe('named (enforce)');
  await on(host, 'touch /srv/bind/zones/db.example.test && rndc reload example.test');
  await expect
    .poll(async () => (await status()).stdout)
    .toContain('x named was denied 2 accesses in this boot');
});

it('a packaged profile that somebody changed shows, and so does one that is gone', async () => {
  await on(host, "echo '# mine' >>/etc/apparmor.d/usr.sbin.named && rm /etc/apparmor.d/lsb_release");
  const { stdout } = await status();
  expect(stdout).toContain('! /etc/apparmor.d/usr.sbin.named (package bind9) was changed by somebody');
  expect(stdout).toContain('! /etc/apparmor.d/lsb_release (package apparmor) was removed by somebody');
});

it('who listens unconfined stands out, above all on a port of DNS; sshd is a fact, and the loopback is nobody’s', async () => {
  await on(
    host,
    'serve() { systemd-run -q python3 -m http.server --bind "$1" "$2"; }; serve 0.0.0.0 853; serve 0.0.0.0 808; serve 127.0.0.1 8010; until ss -Hltn | grep -q :8010; do sleep 0.2; done',
  );
  const { stdout } = await status();
  expect(stdout).toMatch(/! unconfined on a port of DNS: python3 \(tcp 0\.0\.0\.0:853\)/);
  expect(stdout).toMatch(/- unconfined on the network: python3 \(tcp 0\.0\.0\.0:808\)\n/);
  expect(stdout).not.toContain('sshd');
  const verbose = (await status('-v')).stdout;
  expect(verbose).toMatch(/listeners +.*sshd \(tcp 0\.0\.0\.0:22/);
  expect(verbose).not.toContain('127.0.0.1:8010');
});

it('a drop-in that somebody wrote by hand is judged where it lies, but for what its comment allows', async () => {
  const folder = '/etc/systemd/system/named.service.d';
  await on(
    host,
    `mkdir -p ${folder} && printf '[Service]\\nTasksMax=7\\nPersonality=arm64\\n# confine: allow unknown-key\\nNoSuchKey=1\\n' >${folder}/10-mine.conf && systemctl daemon-reload`,
  );
  const { stdout } = await status();
  expect(stdout).toContain(
    `! ${folder}/10-mine.conf:2: TasksMax=7 is enough for 1 core, and this host has 2`,
  );
  expect(stdout).toContain(`! ${folder}/10-mine.conf:3: Personality=arm64`);
  expect(stdout).not.toContain('NoSuchKey');
  const planned = await confine([
    'plan',
    playbook([{ service: { unit: 'named.service' } }]),
    '-i',
    labInventory(),
    '-l',
    'ns1',
  ]);
  expect(planned.stderr).toContain(`warning: ns1: ${folder}/10-mine.conf:2: TasksMax=7 is enough for 1 core`);
});

it('a death by seccomp’s signal shows as what it may be, and so does the restart behind it', async () => {
  await on(
    host,
    'systemctl kill -s SYS --kill-who=main named; until systemctl is-active -q named; do sleep 0.2; done; sleep 1',
  );
  const { stdout } = await status();
  expect(stdout).toMatch(/x the main process of named ended once in this boot, .*31\/SYS/);
  expect(stdout).toContain('! systemd has restarted named once');
});

it('a start that was not proven, a hold, another named and a drift show', async () => {
  await on(
    host,
    [
      'mkdir -p /var/lib/confine/units /var/lib/confine/holds',
      "printf '1\\tdeadbeef\\t0\\t0\\n' >/var/lib/confine/units/named.service",
      "printf 'kind\\trelax\\nwho\\tme@there\\nwhy\\tan experiment\\nsince\\t1795400000\\nuntil\\t1795400060\\n' >/var/lib/confine/holds/1",
      'cp /bin/sleep /tmp/named',
      'systemd-run -q --unit=other /tmp/named 600',
    ].join(' && '),
  );
  const book = playbook([{ service: { unit: 'named.service', enabled: false } }]);
  const ran = await status(book);
  expect(ran.code).toBe(0);
  expect(ran.stdout).toContain('! it differs from its playbook: task 1');
  expect(ran.stdout).toContain('! named was started again since its last proven start');
  expect(ran.stdout).toMatch(/! held \(relax\) by me@there .*: an experiment\n.*its time is over/);
  expect(ran.stdout).toContain('x another named runs unconfined, in /system.slice/other.service');
});
