import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { UnitName } from '../../src/brand.ts';
import { conffilesProbe } from '../../src/observe/attest-conffiles.ts';
import { holdsProbe, parseHold } from '../../src/observe/attest-holds.ts';
import { listenersProbe, parseListeners, unconfined } from '../../src/observe/attest-listeners.ts';
import { namedProbe } from '../../src/observe/attest-process.ts';
import { parseAuditState, trailProbe } from '../../src/observe/attest-trail.ts';
import { capabilitiesText } from '../../src/observe/capabilities.ts';
import { parseFrames } from '../../src/observe/frames.ts';
import { observeTrip, shellSource } from '../../src/observe/observe.ts';
import { answer } from '../support/host.ts';

const fixture = (name: string) => readFileSync(`test/fixtures/${name}`, 'utf8');
const frames = (it: Readonly<Record<string, string>>) => parseFrames(answer(it), 'n');
const named = UnitName.parse('named.service');

/** A process as the probe sends it, from bytes of /proc. */
const block = (status: string, label: string, parents: readonly string[] = []) =>
  [
    fixture(status).trim(),
    `Label:\t${label}`,
    'Cgroup:\t/system.slice/named.service',
    ...parents.map((it) => `Parent:\t${it}`),
    '\n',
  ].join('\n');

describe('the process of named', () => {
  const lsm = { 'security lsm': fixture('lsm'), 'p0 last-capability': '40\n' };
  const look = (processes: string, more: Readonly<Record<string, string>> = {}) => {
    const seen = namedProbe(named).parse(
      frames({
        ...lsm,
        'p0 group': '/system.slice/named.service\n',
        'p0 main': '8158\n',
        'p0 processes': processes,
        'p0/8158 exe link': '/usr/sbin/named',
        ...more,
      }),
      'p0',
    );
    if (seen.is !== 'value') throw new Error(seen.is);
    return seen.value;
  };

  it('is read from its own status and label', () => {
    const { process, others } = look(block('proc/enforce.status', 'named (enforce)'));
    expect(others).toEqual([]);
    expect(process).toMatchObject({
      value: {
        pid: 8158,
        uid: 100,
        exe: { value: '/usr/sbin/named' },
        label: { value: { mode: 'enforce', profiles: ['named'] } },
        noNewPrivs: { value: false },
        seccomp: { value: 'off' },
        effective: { value: { all: false, names: ['NET_BIND_SERVICE', 'SYS_RESOURCE'] } },
        bounding: { value: { all: true } },
        firejail: false,
      },
    });
  });

  it('below firejail is named itself, not the main process', () => {
    const wrapper =
      'Name:\tfirejail\nPid:\t6397\nPPid:\t1\nNoNewPrivs:\t0\nSeccomp:\t0\nLabel:\tunconfined\nCgroup:\t/system.slice/named.service\n\n';
    const { process } = look(
      wrapper + block('firejail/proc-status.txt', 'named (enforce)', ['6398\tfirejail', '6397\tfirejail']),
      { 'p0 main': '6397\n' },
    );
    if (process.is !== 'value') throw new Error(process.is);
    expect(process.value).toMatchObject({
      pid: 6403,
      firejail: true,
      noNewPrivs: { value: true },
      seccomp: { value: 'filter' },
      label: { value: { text: 'named (enforce)' } },
    });
    const { bounding } = process.value;
    expect(bounding.is === 'value' && capabilitiesText(bounding.value)).toBe(
      'SETGID SETUID NET_BIND_SERVICE SYS_CHROOT SYS_RESOURCE',
    );
  });

  it('is told from one that another unit or a person started', () => {
    const other = block('proc/enforce.status', 'unconfined')
      .replace('Pid:\t8158', 'Pid:\t99')
      .replace('/system.slice/named.service', '/user.slice');
    const { process, others } = look(block('proc/enforce.status', 'named (enforce)') + other);
    expect(process).toMatchObject({ value: { pid: 8158 } });
    expect(others).toMatchObject([{ pid: 99, cgroup: '/user.slice', exe: { is: 'unknown' } }]);
  });

  it('is absent where none runs, and nothing of it is a default where the kernel is silent', () => {
    expect(look('').process).toEqual({ is: 'absent' });
    const { process, tasks, memory } = look('Name:\tnamed\nPid:\t8158\nUid:\t1\n\n', {
      'p0 usage': 'TasksCurrent=[not set]\nTasksMax=infinity\nMemoryCurrent=18446744073709551615\n',
    });
    expect(process).toMatchObject({
      value: {
        label: { is: 'unknown' },
        noNewPrivs: { is: 'unknown' },
        seccomp: { is: 'unknown' },
        effective: { is: 'unknown' },
        bounding: { is: 'unknown' },
      },
    });
    expect([tasks.is, memory.is]).toEqual(['unknown', 'unknown']);
  });
});

describe('the audit trail', () => {
  const clock = { 'unit clock': '1795466300\n4000.5 1.0\n' };
  const boot = '1795462300.000000 vm1 kernel: Linux version 6.1.0-56-cloud-amd64\n';
  const look = (sources: Readonly<Record<string, string>>) => {
    const seen = trailProbe(named).parse(frames({ 'p0 audit': '', ...clock, ...sources }), 'p0');
    if (seen.is !== 'value') throw new Error(seen.is);
    return seen.value;
  };
  /** What the host makes of these lines. */
  const evidence = (lines: string) =>
    spawnSync('sh', ['-c', `${shellSource('observe/attest-trail.observe.sh')}\nevidence`], {
      input: lines,
      encoding: 'utf8',
    }).stdout;
  /** Lines of `journalctl` with the head that -o short-unix gives them, all of one time. */
  const unix = (name: string, at = '1795465279.152000') =>
    fixture(name).replaceAll(/^\w{3} \d\d \d\d:\d\d:\d\d|^\[ *\d+\.\d+\](?= )/gm, at);

  it('counts a record once, whichever of auditd’s log, journald and the kernel keep it', () => {
    const kept = evidence(boot + unix('journal/journal-all.txt'));
    expect(look({ 'p0 journal': kept }).evidence).toMatchObject({
      value: {
        whole: true,
        denials: [
          {
            verdict: 'DENIED',
            operation: 'open',
            profile: 'named',
            name: '/srv/bind/zones/db.example',
            mask: 'r',
            command: 'isc-net-0000',
            count: 1,
            last: 1795465279.152,
          },
        ],
      },
    });
    const line =
      'type=AVC msg=audit(1795465279.152:2905): apparmor="DENIED" operation="open" profile="named" name="/srv/bind/zones/db.example" pid=6954 comm="isc-net-0000" requested_mask="r" denied_mask="r" fsuid=100 ouid=0\u001dFSUID="bind" OUID="root"\n';
    expect(look({ 'p0 journal': kept, 'p0 log': evidence(line) }).evidence).toMatchObject({
      value: { denials: [{ count: 1 }] },
    });
  });

  it('leaves the records of another boot alone', () => {
    const log = { 'p0 log': evidence(fixture('audit/n1b-zones.txt')) };
    const seen = look(log).evidence;
    expect(seen).toMatchObject({ value: { whole: false } });
    expect(seen.is === 'value' && seen.value.denials.length).toBeGreaterThan(0);
    const later = look({ ...log, 'unit clock': '1795466300\n100.0 1.0\n' }).evidence;
    expect(later).toMatchObject({ value: { denials: [], whole: true } });
  });

  it('reads KILLED, names in hexadecimal, and every kind of access, and takes no ALLOWED for a denial', () => {
    const all = look({
      'p0 log': evidence(
        ['n1b-zones', 'e2-perl-enforce', 'killed', 'n6-complain']
          .map((it) => fixture(`audit/${it}.txt`))
          .join(''),
      ),
    }).evidence;
    if (all.is !== 'value') throw new Error(all.is);
    const { denials } = all.value;
    expect(new Set(denials.map((it) => it.verdict))).toEqual(new Set(['DENIED', 'KILLED']));
    expect(denials.map((it) => it.name)).toContain('/srv/bind/my zones/db.sp');
    expect(denials.map((it) => it.name)).toContain('/srv/bind/zönes/db.uni');
    expect(denials.every((it) => it.operation !== '' && it.profile !== '' && it.command !== '')).toBe(true);
  });

  it('is not whole where a record can’t be read, and says of a socket what it was', () => {
    const log = (fields: string) =>
      look({
        'p0 journal': evidence(`${boot}1795465279.152000 vm1 audit[9]: AVC apparmor="DENIED" ${fields}\n`),
      }).evidence;
    const socket = 'operation="create" profile="named" comm="named" family="packet" sock_type="raw"';
    expect(log(socket)).toMatchObject({ value: { whole: true, denials: [{ name: 'packet raw' }] } });
    expect(log('operation="open" profile="named" name="/srv/cu')).toMatchObject({
      value: { whole: false, denials: [] },
    });
  });

  it('tells deaths by seccomp from others, in every source', () => {
    const seccomp = look({ 'p0 log': evidence(fixture('audit/seccomp-audit.txt')) });
    expect(seccomp.evidence).toMatchObject({
      value: { denials: [], sigsys: Array.from({ length: 3 }, () => ({ exe: '/usr/sbin/named' })) },
    });
    const { deaths } = look({ 'p0 journal': evidence(unix('journal/sigsys-journal.txt')) });
    expect(deaths).toMatchObject({
      value: expect.arrayContaining([{ status: '31/SYS', code: 'killed', at: expect.any(Number) }]),
    });
    expect(look({ 'p0 journal': evidence(unix('journal/crash-journal.txt')) }).deaths).toMatchObject({
      value: [
        { code: 'dumped', status: '6/ABRT' },
        { code: 'killed', status: '9/KILL' },
      ],
    });
  });

  it('says how many records the kernel suppressed', () => {
    const text = fixture('journal/suppressed.txt').replaceAll(/^\[ *(\d+\.\d+)\]/gm, '$1 vm1 kernel:');
    expect(look({ 'p0 journal': evidence(boot + text) }).evidence).toMatchObject({
      value: { suppressed: 3 + 622 + 261 },
    });
  });

  it('is cut for a flood, which hides no death', () => {
    const [line = ''] = fixture('audit/killed.txt').split('\n');
    const flood = Array.from({ length: 2000 }, (_, i) =>
      line.replace('1795466190', String(1795463000 + i)),
    ).join('\n');
    const text = evidence(`${fixture('audit/seccomp-audit.txt')}${flood}\n`);
    expect(text.split('\n').length).toBeLessThan(320);
    expect(look({ 'p0 log': text }).evidence).toMatchObject({
      value: { whole: false, sigsys: [{}, {}, {}], denials: [{ verdict: 'KILLED', count: 300 }] },
    });
  });

  it('is unknown where nothing could be read, never empty', () => {
    expect(look({}).evidence).toMatchObject({ is: 'unknown' });
    expect(look({}).deaths).toMatchObject({ is: 'unknown' });
    const container = evidence('1795462301.000000 c1 systemd[1]: Started named.service.\n');
    expect(look({ 'p0 journal': container })).toMatchObject({
      evidence: { is: 'unknown', reason: expect.stringContaining('container') },
      deaths: { is: 'value', value: [] },
    });
  });

  it.each([
    ['s', { value: { enabled: true, pid: 7185, lost: 0, backlog: 0, backlogLimit: 8192, panics: false } }],
    ['s-lost', { value: { lost: 283 } }],
    ['auditctl-s-noauditd', { value: { pid: 0 } }],
  ])('auditctl -s: %s', (name, seen) => {
    expect(parseAuditState(fixture(`auditctl/${name}.txt`))).toMatchObject(seen);
  });

  it('auditctl -s: absent without auditctl, unknown where it may not ask', () => {
    expect(parseAuditState('')).toEqual({ is: 'absent' });
    expect(parseAuditState('You must be root to run this program.\n')).toMatchObject({ is: 'unknown' });
  });
});

describe('listeners', () => {
  const text = fixture('ss/debian-12.txt');
  const apparmor = { list: ['apparmor'], selinux: '' };

  it('are those on the network, each with its label', () => {
    const labels = new Map([
      [361, 'named (complain)'],
      [373, 'unconfined'],
    ]);
    const found = parseListeners(text, labels, apparmor);
    expect(found).toMatchObject([
      { command: 'named', pid: 361, sockets: ['tcp 10.0.2.15:53', 'udp 10.0.2.15:53'] },
      { command: 'sshd', pid: 373, sockets: ['tcp 0.0.0.0:22', 'tcp [::]:22'] },
    ]);
    expect(unconfined(found)).toMatchObject([{ command: 'sshd' }]);
  });

  it('with a label that could not be read are not called unconfined', () => {
    const found = parseListeners(text, new Map(), apparmor);
    expect(found.map((it) => it.label.is)).toEqual(['unknown', 'unknown']);
    expect(unconfined(found)).toEqual([]);
  });

  it.each([
    ['127.0.0.53%lo:53', 0],
    ['[::1]:53', 0],
    ['[::ffff:127.0.0.1]:53', 0],
    ['*:53', 1],
    ['[fe80::1]%eth0:53', 1],
    ['10.0.2.15%eth0:68', 1],
  ])('at %s', (local, count) => {
    const line = `tcp LISTEN 0 5 ${local} *:* users:(("a b",pid=7,fd=3),("a b",pid=8,fd=3))`;
    expect(parseListeners(line, new Map(), apparmor)).toHaveLength(2 * count);
  });

  it('are unknown without ss', () => {
    expect(listenersProbe.parse(frames({ 'p0 unknown': 'no ss' }), 'p0')).toEqual({
      is: 'unknown',
      reason: 'no ss',
    });
  });
});

describe('packaged profiles', () => {
  const folder = mkdtempSync(join(tmpdir(), 'confine-conffiles-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const look = (it: Readonly<Record<string, string>>) => conffilesProbe.parse(frames(it), 'p0');

  it('are named where they were changed or removed', () => {
    expect(
      look({
        'p0 checked': '160\n',
        'p0 changed':
          '/etc/apparmor.d/usr.sbin.named: FAILED\n/etc/apparmor.d/lsb_release: FAILED open or read\n',
        'p0 owners': 'bind9: /etc/apparmor.d/usr.sbin.named\n',
      }),
    ).toEqual({
      is: 'value',
      value: [
        { path: '/etc/apparmor.d/usr.sbin.named', package: 'bind9', is: 'changed' },
        { path: '/etc/apparmor.d/lsb_release', package: '', is: 'removed' },
      ],
    });
    expect(look({ 'p0 checked': '160\n', 'p0 changed': '' })).toEqual({ is: 'value', value: [] });
  });

  it('are unknown where none was compared', () => {
    expect(look({ 'p0 checked': '0\n', 'p0 changed': '' }).is).toBe('unknown');
    expect(look({ 'p0 unknown': 'no dpkg-query' }).is).toBe('unknown');
    expect(look({}).is).toBe('unknown');
  });

  it('are compared by what dpkg-query prints', () => {
    // dpkg-query gives the bytes of a real host; md5sum says of each sum that it gets whether it is the packaged one.
    const stub = (name: string, text: string) =>
      writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    writeFileSync(
      join(folder, 'conffiles'),
      `ii ${fixture('dpkg/conffiles-bind9.txt')}rc  /etc/apparmor.d/gone ${'0'.repeat(32)}\nii \n`,
    );
    stub(
      'dpkg-query',
      `case $1 in -S) shift; for f; do echo "bind9: $f"; done ;; *) cat ${folder}/conffiles ;; esac`,
    );
    stub('md5sum', 'while read -r sum path; do echo "$path: FAILED"; done');
    const trip = observeTrip([conffilesProbe]);
    const { stdout } = spawnSync('sh', [], {
      input: trip.script,
      env: { ...process.env, PATH: `${folder}:${process.env['PATH']}` },
    });
    expect(trip.read(stdout).answer(conffilesProbe)).toEqual({
      is: 'value',
      value: [{ path: '/etc/apparmor.d/usr.sbin.named', package: 'bind9', is: 'changed' }],
    });
  });
});

describe('holds', () => {
  it('are read with all that they say', () => {
    const text =
      'version\t1\nkind\trollout\nwho\tme@there\nwhy\tsoaks\tsince Monday\nfile\t/a\nfile\t/b\nprofile\tnamed\nsince\t100\nuntil\t200\n';
    expect(parseHold('rollout-7', text)).toEqual({
      id: 'rollout-7',
      kind: 'rollout',
      who: 'me@there',
      why: 'soaks\tsince Monday',
      since: 100,
      until: 200,
      mechanisms: [],
      files: ['/a', '/b'],
      profiles: ['named'],
    });
    expect(parseHold('x', 'kind\trelax\nsince\t1\n')).toMatchObject({ until: undefined, who: '' });
  });

  it('are none only where the host said so, and unknown where one can’t be read', () => {
    const look = (it: Readonly<Record<string, string>>) => holdsProbe.parse(frames(it), 'p0');
    expect(look({ 'p0 asked': '' })).toEqual({ is: 'value', value: [] });
    expect(look({}).is).toBe('unknown');
    expect(look({ 'p0 asked': '', 'p0 hold x': 'version\t2\nkind\ta\nsince\t1\n' }).is).toBe('unknown');
    expect(look({ 'p0 asked': '', 'p0 hold x': 'nonsense' }).is).toBe('unknown');
  });
});
