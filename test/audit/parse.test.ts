import fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { parseTrailLine } from '../../src/audit/parse.ts';
import type { AuditRecord } from '../../src/audit/record.ts';

const folder = 'test/fixtures/audit';
const read = (name: string) => {
  const bytes = readFileSync(name);
  return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8').split('\n').filter(Boolean);
};
const logs = readdirSync(folder).map((it) => `${folder}/${it}`);
const journals = [
  'dmesg',
  'journal-all',
  'journal-k',
  'journal-with-auditd',
  'seccomp-journal',
  'suppressed',
].map((it) => `test/fixtures/journal/${it}.txt`);

/** The record of a line, without what it does not have. */
function recordOf(line: string): Partial<AuditRecord> {
  const read = parseTrailLine(line);
  if (read.is !== 'record') throw new Error(`${read.is}: ${line}`);
  const { more, ...rest } = read.record;
  return Object.fromEntries(
    Object.entries({ ...rest, ...(Object.keys(more).length > 0 && { more }) }).filter(
      ([, it]) => it !== undefined,
    ),
  );
}

const at = 'audit(1795465279.152:2905)';
const denied = 'apparmor="DENIED" operation="open" profile="named"';
const file = `${denied} name="/srv/bind/zones/db.example" pid=6954 comm="isc-net-0000" requested_mask="r" denied_mask="r" fsuid=100 ouid=0`;
const parsed = {
  event: 'DENIED',
  operation: 'open',
  profile: 'named',
  name: '/srv/bind/zones/db.example',
  pid: 6954,
  comm: 'isc-net-0000',
  requestedMask: 'r',
  deniedMask: 'r',
  fsuid: 100,
  ouid: 0,
};
const when = { time: 1_795_465_279.152, serial: 2905 };

describe('one record, whoever wrote it down', () => {
  it.each([
    ['auditd', `type=AVC msg=${at}: ${file}`],
    ['auditd, by its number', `type=1400 msg=${at}: ${file}`],
    [
      'auditd, by its old number',
      `type=APPARMOR_DENIED msg=${at}: ${file.replace('apparmor="DENIED" ', '')}`,
    ],
    ['auditd of a named host', `node=ns1.example.test type=AVC msg=${at}: ${file}`],
    ['auditd, enriched', `type=AVC msg=${at}: ${file}\u001dFSUID="bind" OUID="root"`],
    ['auditd, enriched, without the byte between', `type=AVC msg=${at}: ${file}FSUID="bind" OUID="root"`],
    ['netlink', `${at}: ${file}`],
    ['dmesg', `[ 3421.469265] audit: type=1400 ${at}: ${file}`],
    ['dmesg of an older kernel', `[ 3421.469265] type=1400 ${at}: ${file}`],
    [
      'dmesg of a much older one',
      `[ 3421.469265] ${at}:  type=1503 ${file.replace('apparmor="DENIED" ', '')}`,
    ],
    ['syslog', `Nov 23 20:21:19 vm1 kernel: [ 3421.469265] audit: type=1400 ${at}: ${file}`],
    ['syslog with a priority', `<5>Nov  3 20:21:19 vm1 kernel: audit: type=1400 ${at}: ${file}`],
    ['syslog, RFC 3339', `2026-11-23T20:21:19.161239+01:00 vm1 kernel: audit: type=1400 ${at}: ${file}`],
    ['journalctl -o short-iso', `2026-11-23T20:21:19+0000 vm1 kernel: audit: type=1400 ${at}: ${file}`],
    ['journalctl -o short-unix', `1795465279.161239 vm1 kernel: audit: type=1400 ${at}: ${file}`],
    ['the same before the clock was set', `5.677458 vm1 kernel: audit: type=1400 ${at}: ${file}`],
    ['a line of Windows', `type=AVC msg=${at}: ${file}\r\n`],
  ])('%s', (_, line) => {
    const { more, ...record } = recordOf(line);
    expect(record).toEqual({ ...parsed, ...when });
    expect(more ?? {}).toEqual(line.includes('FSUID') ? { FSUID: 'bind', OUID: 'root' } : {});
  });

  it.each([
    ['journald', `1795465279.152000 vm1 audit[6954]: AVC ${file}`, { time: 1_795_465_279.152 }],
    ['journald, without a year', `Nov 23 20:21:19 vm1 audit[6954]: AVC ${file}`, {}],
    ['its fields alone', file, {}],
    [
      'journalctl -o json',
      JSON.stringify({
        _TRANSPORT: 'audit',
        _SOURCE_REALTIME_TIMESTAMP: '1795465279152000',
        MESSAGE: `AVC ${file}`,
      }),
      { time: 1_795_465_279.152 },
    ],
    [
      'journalctl -o json, of the kernel',
      JSON.stringify({
        _TRANSPORT: 'kernel',
        __REALTIME_TIMESTAMP: '1',
        MESSAGE: `audit: type=1400 ${at}: ${file}`,
      }),
      when,
    ],
  ])('%s', (_, line, more) => {
    expect(recordOf(line)).toEqual({ ...parsed, ...more });
  });
});

describe('names', () => {
  it.each([
    ['in quotes is what it says', 'name="DEADBEEF"', 'DEADBEEF'],
    ['without quotes is hexadecimal', 'name=2F7372762F62696E642F6D79207A6F6E6573', '/srv/bind/my zones'],
    ['of UTF-8', 'name=2F7372762FC3BC', '/srv/ü'],
    ['with a backslash stays as it is', String.raw`name="/srv/a\040b"`, String.raw`/srv/a\040b`],
    ['disconnected', 'info="Failed name lookup - disconnected path" error=-13 name="var/run/x"', 'var/run/x'],
  ])('%s', (_, text, name) => {
    expect(recordOf(`type=AVC msg=${at}: ${denied} ${text} pid=1 comm="named"`).name).toBe(name);
  });

  it('of profiles and commands, too', () => {
    expect(
      recordOf(
        `type=AVC msg=${at}: apparmor="ALLOWED" operation="open" profile=666F6F20626172 comm=6D792070726F63`,
      ),
    ).toMatchObject({ event: 'ALLOWED', profile: 'foo bar', comm: 'my proc' });
  });
});

const of = (fields: string) => recordOf(`[    1.0] audit: type=1400 ${at}: ${fields}`);

describe('every kind', () => {
  it.each<[string, string, Partial<AuditRecord>]>([
    [
      'a file under AppArmor 2.3, whose masks tell owner from other',
      'apparmor="DENIED" operation="inode_permission" requested_mask="a::" denied_mask="::w" name="/dev/tty" pid=4752 profile="/usr/sbin/cupsd" namespace="default"',
      { operation: 'inode_permission', requestedMask: 'a', deniedMask: 'w', more: { namespace: 'default' } },
    ],
    [
      'a file under AppArmor 4, with its class',
      'apparmor="DENIED" operation="open" class="file" profile="named" name="/x" pid=1 comm="named" requested_mask="r" denied_mask="r" fsuid=0 ouid=0',
      { name: '/x', more: { class: 'file' } },
    ],
    ['killed', 'apparmor="KILLED" operation="open" profile="named" name="/x" pid=1', { event: 'KILLED' }],
    ['a hint', 'apparmor="HINT" operation="change_hat" profile="named" pid=1', { event: 'HINT' }],
    [
      'a status',
      'apparmor="STATUS" operation="profile_replace" info="same as current profile, skipping" profile="unconfined" name="named" pid=7 comm="apparmor_parser"',
      { event: 'STATUS', info: 'same as current profile, skipping', name: 'named' },
    ],
    [
      'an error',
      'apparmor="ERROR" operation="setprocattr" info="invalid" profile="x" pid=1',
      { event: 'ERROR', info: 'invalid' },
    ],
    [
      'a child of complain mode',
      `apparmor="ALLOWED" operation="exec" profile="named//null-/bin/true" pid=1`,
      { event: 'ALLOWED', profile: 'named//null-/bin/true' },
    ],
    [
      'a stack',
      `apparmor="DENIED" operation="open" profile="named//&unconfined" name="/x" pid=1`,
      { profile: 'named//&unconfined' },
    ],
    [
      'a capability',
      'apparmor="DENIED" operation="capable" profile="named" pid=9170 comm="rndc" capability=2  capname="dac_read_search"',
      { operation: 'capable', capability: 2, capname: 'dac_read_search', comm: 'rndc' },
    ],
    [
      'the network',
      'apparmor="DENIED" operation="sendmsg" parent=24737 profile="named" pid=1 comm="named" laddr=192.168.66.150 lport=765 faddr=192.168.66.200 fport=2049 family="inet" sock_type="stream" protocol=6',
      {
        localAddress: '192.168.66.150',
        localPort: 765,
        foreignAddress: '192.168.66.200',
        foreignPort: 2049,
        family: 'inet',
        sockType: 'stream',
        protocol: '6',
      },
    ],
    [
      'the network by IPv6, under AppArmor 4',
      'apparmor="DENIED" operation="create" class="net" profile="named" pid=1 comm="named" family="inet6" sock_type="dgram" protocol=17 requested="create" denied="create" laddr=2001:db8::1',
      { family: 'inet6', requestedMask: 'create', deniedMask: 'create', localAddress: '2001:db8::1' },
    ],
    [
      'a unix socket',
      'apparmor="DENIED" operation="connect" class="net" profile="named" pid=8 comm="c" family="unix" sock_type="stream" protocol=0 requested="send receive connect" denied="send connect" addr=none peer_addr="@abstract" peer="other"',
      { family: 'unix', deniedMask: 'send connect', foreignAddress: '@abstract', peer: 'other' },
    ],
    [
      'a signal',
      'apparmor="DENIED" operation="signal" profile="named" pid=2531 comm="perl" requested_mask="send" denied_mask="send" signal=term peer="unconfined"',
      { signal: 'term', peer: 'unconfined', deniedMask: 'send' },
    ],
    [
      'ptrace',
      'apparmor="DENIED" operation="ptrace" profile="named" pid=1 comm="x" requested_mask="tracedby" denied_mask="tracedby" peer="named"',
      { operation: 'ptrace', deniedMask: 'tracedby', peer: 'named' },
    ],
    [
      'a mount',
      'apparmor="DENIED" operation="mount" info="failed mntpnt match" error=-13 profile="named" name="/mnt/" pid=1 comm="mount" fstype="ext2" srcname="/dev/loop0/" flags="rw, mand"',
      { name: '/mnt/', target: '/dev/loop0/', error: -13, more: { fstype: 'ext2', flags: 'rw, mand' } },
    ],
    [
      'an end of a mount',
      'apparmor="DENIED" operation="umount" class="mount" profile="named" name="/mnt/" pid=1',
      { operation: 'umount' },
    ],
    [
      'a pivot of the root',
      'apparmor="DENIED" operation="pivotroot" profile="named" name="/new/" pid=1 comm="x" srcname="/new/old/"',
      { name: '/new/', target: '/new/old/' },
    ],
    [
      'a rename',
      'apparmor="DENIED" operation="rename_dest" profile="named" name="/a" pid=1 comm="named" requested_mask="wc" denied_mask="wc" fsuid=1 ouid=1',
      { operation: 'rename_dest', deniedMask: 'wc' },
    ],
    [
      'a link',
      'apparmor="DENIED" operation="link" profile="named" name="/a" pid=1 comm="x" requested_mask="l" denied_mask="l" fsuid=0 ouid=0 target="/b"',
      { name: '/a', target: '/b' },
    ],
    [
      'a change of profile',
      'apparmor="DENIED" operation="change_onexec" info="label not found" error=-2 profile="unconfined" name="nosuch" pid=1 comm="aa-exec"',
      { error: -2, info: 'label not found', name: 'nosuch' },
    ],
    [
      'its target',
      'apparmor="DENIED" operation="change_profile" profile="named" pid=1 comm="x" target="/other"',
      { target: '/other' },
    ],
    [
      'an exec that NoNewPrivileges forbids',
      'apparmor="DENIED" operation="exec" info="no new privs" error=-1 profile="named" name="/bin/true" pid=1 comm="named" requested_mask="x" denied_mask="x" fsuid=0 ouid=0 target="other"',
      { info: 'no new privs', error: -1, deniedMask: 'x', target: 'other' },
    ],
    [
      'a limit of resources',
      'apparmor="DENIED" operation="setrlimit" parent=1 profile="named" pid=717 comm="cupsd" rlimit=nofile value=4096',
      { operation: 'setrlimit', more: { parent: '1', rlimit: 'nofile', value: '4096' } },
    ],
    [
      'a namespace of users',
      'apparmor="AUDIT" operation="userns_create" class="namespace" info="Userns create - transitioning profile" profile="unconfined" pid=3477 comm="x" requested="userns_create" target="unprivileged_userns" execpath="/opt/x"',
      {
        event: 'AUDIT',
        requestedMask: 'userns_create',
        target: 'unprivileged_userns',
        more: { class: 'namespace', execpath: '/opt/x' },
      },
    ],
    [
      'io_uring',
      'apparmor="DENIED" operation="uring_sqpoll" class="io_uring" profile="named" pid=1320 comm="named" requested="sqpoll" denied="sqpoll"',
      { operation: 'uring_sqpoll', deniedMask: 'sqpoll' },
    ],
    [
      'a queue of messages',
      'apparmor="DENIED" operation="open" profile="named" name="/queue" pid=848 comm="named" requested="read create" denied="read" class="posix_mqueue" fsuid=0 ouid=0',
      { requestedMask: 'read create', deniedMask: 'read', name: '/queue' },
    ],
  ])('%s', (_, fields, wanted) => {
    expect(of(fields)).toMatchObject({ event: 'DENIED', ...when, ...wanted });
  });

  const bus =
    'apparmor="DENIED" operation="dbus_method_call"  bus="system" path="/org/freedesktop/systemd1" interface="org.freedesktop.systemd1.Manager" member="GetDynamicUsers" mask="send" name="org.freedesktop.systemd1" pid=3840 label="named" peer_pid=1 peer_label="unconfined"';
  it.each([
    [
      'auditd',
      `type=USER_AVC msg=${at}: pid=1433 uid=103 auid=4294967295 ses=4294967295 msg='${bus} exe="/usr/bin/dbus-daemon" sauid=103 hostname=? addr=? terminal=?'`,
    ],
    [
      'the kernel',
      `Nov 11 20:33:33 h kernel: [  615.3] audit: type=1107 ${at}: pid=1433 uid=103 ses=4294967295 msg='${bus} exe="/usr/bin/dbus-daemon" sauid=103 hostname=? addr=? terminal=?'`,
    ],
    [
      'the kernel, cut behind the label',
      `Nov 11 20:33:33 h kernel: [  615.3] audit: type=1107 ${at}: pid=1433 uid=103 msg='${bus}`,
    ],
    ['the daemon itself', `Jun 14 13:16:38 thinkpad dbus-daemon[1202]: ${bus}`],
  ])('D-Bus, by %s', (_, line) => {
    expect(recordOf(line)).toMatchObject({
      event: 'DENIED',
      operation: 'dbus_method_call',
      profile: 'named',
      name: 'org.freedesktop.systemd1',
      deniedMask: 'send',
      pid: 3840,
      peer: 'unconfined',
      more: { bus: 'system', member: 'GetDynamicUsers' },
    });
  });

  it.each([
    [
      'REJECTING r access to /etc/shadow (named(12) profile /usr/sbin/named active /usr/sbin/named)',
      { event: 'DENIED', operation: 'access', name: '/etc/shadow', deniedMask: 'r', pid: 12 },
    ],
    [
      "PERMITTING access to capability 'chown' (x(3) profile /bin/x active null-complain-profile)",
      { event: 'ALLOWED', operation: 'capable', capname: 'chown', profile: 'null-complain-profile' },
    ],
    [
      'AUDITING link access from /a to /b (x(3) profile /x active /x)',
      { event: 'AUDIT', operation: 'link', name: '/a', target: '/b' },
    ],
    ['REJECTING mkdir on /tmp/x (x(3) profile /x active /x)', { operation: 'mkdir', name: '/tmp/x' }],
  ])('a sentence of AppArmor 2.0: %s', (body, wanted) => {
    expect(recordOf(`type=APPARMOR msg=${at}: ${body}`)).toMatchObject({ ...when, ...wanted });
  });

  it('a filter of system calls, with the name that auditd knows', () => {
    const [line = ''] = read(`${folder}/seccomp-audit.txt`);
    expect(recordOf(line)).toMatchObject({
      event: 'SECCOMP',
      operation: 'syscall',
      signal: '31',
      syscall: 126,
      syscallName: 'capset',
      exe: '/usr/sbin/named',
      pid: 6782,
    });
  });

  it('SELinux', () => {
    expect(
      recordOf(
        `type=AVC msg=${at}: avc:  denied  { read open } for  pid=7 comm="named" name="db.example" dev="vda1" ino=42 scontext=system_u:system_r:named_t:s0 tcontext=unconfined_u:object_r:var_t:s0 tclass=file permissive=1`,
      ),
    ).toMatchObject({
      event: 'AVC',
      operation: 'file',
      deniedMask: 'read open',
      name: 'db.example',
      pid: 7,
      more: { permissive: '1', scontext: 'system_u:system_r:named_t:s0' },
    });
  });
});

describe('what is missing, and what can not be read', () => {
  it('losses are counted, those since the boot as such', () => {
    expect(
      read('test/fixtures/journal/suppressed.txt')
        .map(parseTrailLine)
        .filter((it) => it.is === 'lost'),
    ).toMatchObject([
      { count: 3, of: 'there' },
      { count: 622, of: 'there' },
      { count: 261, of: 'there' },
      { count: 72, of: 'boot' },
      { count: 145, of: 'boot' },
      { count: 258, of: 'boot' },
    ]);
  });

  it.each([
    [
      'cut in a value',
      `type=AVC msg=${at}: ${denied} name="/srv/bi`,
      'a quoted value has no end: the line was cut',
    ],
    [
      'another verdict',
      `type=AVC msg=${at}: apparmor="MAYBE" operation="open"`,
      'its verdict is none that AppArmor has',
    ],
    [
      'no operation',
      `type=AVC msg=${at}: apparmor="DENIED" profile="named"`,
      'it does not say what was tried',
    ],
    [
      'another shape',
      `[1.0] audit: type=1400 ${at}: something else`,
      'it has another shape than any known one',
    ],
    ['no system call', `type=SECCOMP msg=${at}: pid=1 comm="x"`, 'it names no system call'],
    [
      'of ausearch -i',
      `type=AVC msg=audit(11/23/2026 20:21:19.152:2905) : apparmor=DENIED operation=open profile=named`,
      'ausearch has interpreted it: its raw form can be read (ausearch --raw)',
    ],
  ])('%s', (_, line, why) => {
    expect(parseTrailLine(line)).toEqual({ is: 'unparsed', line, why });
  });

  it.each([
    [
      'somebody who speaks of one',
      `Nov 23 20:21:19 vm1 sudo[1]: root : COMMAND=/bin/grep apparmor="DENIED" /var/log/audit/audit.log`,
    ],
    [
      'another record of auditd',
      `type=SYSCALL msg=${at}: arch=c000003e syscall=1 success=yes pid=7 comm="x"`,
    ],
    [
      'SELinux allowing',
      `type=AVC msg=${at}: avc:  granted  { execmem } for  pid=1 scontext=a tcontext=b tclass=c`,
    ],
    ['nothing', ''],
  ])('%s is another line', (_, line) => {
    expect(parseTrailLine(line)).toEqual({ is: 'other' });
  });

  it('every record of the hosts that were measured can be read, each with who, what and when', () => {
    const lines = [...logs, ...journals].flatMap(read);
    const records = lines.filter((it) => /apparmor=\\?"|SECCOMP/.test(it));
    expect(records.length).toBeGreaterThan(300);
    for (const line of records) expect(recordOf(line)).toMatchObject({ pid: expect.any(Number) });
    expect(lines.map(parseTrailLine).filter((it) => it.is === 'unparsed')).toEqual([]);
  });

  it('nothing makes it throw: any text, and records with bytes changed, cut or put together', () => {
    const lines = [...logs, ...journals].flatMap(read);
    const spoiled = fc
      .tuple(
        fc.constantFrom(...lines),
        fc.constantFrom(...lines),
        fc.nat(600),
        fc.nat(600),
        fc.string({ unit: 'binary' }),
      )
      .map(([a, b, from, to, between]) => a.slice(0, from) + between + b.slice(to));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), spoiled), (line) => {
        const read = parseTrailLine(line);
        if (read.is === 'unparsed') expect(line).toContain(read.line);
        if (read.is === 'record' && read.record.time !== undefined) expect(read.record.time).not.toBeNaN();
      }),
      { numRuns: 3000 },
    );
  });
});

it('the time for a line grows with its length, not with its square', () => {
  const begins = [`type=AVC msg=${at}: ${file} `, `type=1400 ${at}: `, 'PERMITTING ', 'avc:  denied  { '];
  const before = process.cpuUsage();
  for (const filler of ['x', '"', 'a=', '{ ', ' (', '\u001d', "msg='"])
    for (const begin of begins) parseTrailLine(begin + filler.repeat(100_000));
  expect(process.cpuUsage(before).user).toBeLessThan(5_000_000);
});
