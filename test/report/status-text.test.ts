import { describe, expect, it } from 'vitest';
import { Exit } from '../../src/errors.ts';
import type { Attestation } from '../../src/fleet/attestation.ts';
import { exitCode } from '../../src/fleet/exit.ts';
import { driftFindings, findings } from '../../src/fleet/findings.ts';
import type { HostStatus } from '../../src/fleet/status.ts';
import { parseLabel } from '../../src/observe/label.ts';
import { absent, unknown, value } from '../../src/observe/observation.ts';
import { palette } from '../../src/report/palette.ts';
import { statusSummary, statusText } from '../../src/report/status-text.ts';
import { attested, denial, process, quiet, running, trail, unit } from '../support/attested.ts';
import { planFor, task } from '../support/host.ts';

const text = (found: readonly HostStatus[], verbose = false) => statusText(found, palette(false), verbose);

const nothing = { mechanisms: [], files: [], profiles: [] };

describe('what stands out', () => {
  it('is nothing on a host that is confined and proven', () => {
    expect(findings(quiet)).toEqual([]);
    expect(text([attested()])).toBe(
      [
        'HOST  LABEL            NNP  SECCOMP  EXPOSURE  NAMED                           LAST TRANSACTION',
        'ns1   named (enforce)  yes  filter   3.0       active since 2026-11-23T20:21Z  never',
      ].join('\n'),
    );
  });

  it.each<[string, Partial<Attestation>, string, RegExp]>([
    ['unconfined', { named: running(process('unconfined')) }, 'alarm', /named runs unconfined$/],
    [
      'unconfined beside its profile',
      {
        named: running(process('unconfined')),
        unit: value({ ...unit, attaches: { name: 'named', mode: 'enforce', attach: '', hash: '', raw: '' } }),
      },
      'alarm',
      /although profile named \(enforce\) is loaded/,
    ],
    ['no module', { named: running(process('')) }, 'warning', /no security module/],
    [
      'complain',
      { named: running(process('named (complain)')) },
      'warning',
      /only records: named \(complain\)/,
    ],
    ['kill', { named: running(process('named (kill)')) }, 'warning', /named \(kill\)/],
    [
      'firejail',
      { named: running(process('named (enforce)', { firejail: true })) },
      'note',
      /below firejail/,
    ],
    [
      'firejail alone',
      { named: running(process('unconfined', { firejail: true, command: 'firejail' })) },
      'note',
      /no named below it/,
    ],
    [
      'another named',
      {
        named: running(process('named (enforce)'), {
          others: [process('unconfined', { cgroup: '/user.slice' })],
        }),
      },
      'alarm',
      /another named runs unconfined, in \/user.slice/,
    ],
    [
      'not running',
      { named: running(process(''), { process: absent }), unit: value({ ...unit, active: 'failed' }) },
      'alarm',
      /does not run: named.service is failed/,
    ],
    [
      'the packaged unit, enabled beside the one that runs',
      {
        unit: value({ ...unit, name: 'bind-opt.service' }),
        idle: [{ name: 'named.service', active: 'failed', because: 'it is enabled' }],
      },
      'alarm',
      /does not run: named.service is failed, and it is enabled/,
    ],
    [
      'denied',
      { trail: trail({ denials: [denial] }) },
      'alarm',
      /denied 2 accesses .*open "\/etc\/shadow" \(r\) by isc-net/,
    ],
    [
      'killed',
      { trail: trail({ denials: [{ ...denial, verdict: 'KILLED', count: 1 }] }) },
      'alarm',
      /killed for an access/,
    ],
    ['denied, cut', { trail: trail({ whole: false, denials: [denial] }) }, 'alarm', /at least 2 accesses/],
    [
      'SIGSYS in the records',
      { trail: trail({ sigsys: [{ at: 1795465400, exe: '/usr/sbin/named', command: 'named' }] }) },
      'alarm',
      /seccomp ended named once .* 2026-11-23T20:23Z/,
    ],
    [
      'SIGSYS by systemd alone',
      { trail: trail({}, { deaths: value([{ at: 1795465400, code: 'killed', status: '31/SYS' }]) }) },
      'alarm',
      /ended once .*31\/SYS/,
    ],
    [
      'a crash',
      { trail: trail({}, { deaths: value([{ at: 1795465400, code: 'dumped', status: '11/SEGV' }]) }) },
      'warning',
      /11\/SEGV/,
    ],
    ['no auditd', { trail: trail({}, { audit: absent }) }, 'warning', /^no auditd runs$/],
    ['suppressed', { trail: trail({ suppressed: 622 }, { audit: absent }) }, 'warning', /suppressed 622/],
    [
      'lost records',
      {
        trail: trail(
          {},
          {
            audit: value({ enabled: true, pid: 9, lost: 283, backlog: 0, backlogLimit: 8192, panics: false }),
          },
        ),
      },
      'warning',
      /283 audit records were lost/,
    ],
    [
      'audit off',
      {
        trail: trail(
          {},
          {
            audit: value({ enabled: false, pid: 9, lost: 0, backlog: 0, backlogLimit: 8192, panics: false }),
          },
        ),
      },
      'alarm',
      /audit is off/,
    ],
    ['restarted', { unit: value({ ...unit, restarts: 3 }) }, 'warning', /restarted named 3 times/],
    [
      'unproven',
      { unit: value({ ...unit, proven: value('an earlier start') }) },
      'warning',
      /since its last proven start/,
    ],
    ['stale', { unit: value({ ...unit, stale: ['its files changed'] }) }, 'warning', /its files changed/],
    [
      'many tasks',
      { named: running(process('named (enforce)'), { tasks: value(19), tasksMax: value(20) }) },
      'warning',
      /19 of its 20 tasks/,
    ],
    [
      'a changed profile',
      { conffiles: value([{ path: '/etc/apparmor.d/usr.sbin.named', package: 'bind9', is: 'changed' }]) },
      'warning',
      /usr.sbin.named \(package bind9\) was changed/,
    ],
    [
      'a listener on a port of DNS',
      {
        listeners: value([
          {
            command: 'nc',
            pid: 3,
            sockets: ['tcp 0.0.0.0:853'],
            label: parseLabel('unconfined', { list: ['apparmor'], selinux: '' }),
          },
        ]),
      },
      'warning',
      /nc \(tcp 0.0.0.0:853\)/,
    ],
    [
      'a listener beside DNS',
      {
        listeners: value([
          {
            command: 'nc',
            pid: 3,
            sockets: ['tcp 0.0.0.0:99'],
            label: parseLabel('unconfined', { list: ['apparmor'], selinux: '' }),
          },
        ]),
      },
      'note',
      /nc \(tcp 0.0.0.0:99\)/,
    ],
    [
      'a hold',
      {
        holds: value([
          {
            id: 'r7',
            kind: 'rollout',
            who: 'me',
            why: 'soaks',
            since: 1795460000,
            until: 1795470000,
            ...nothing,
          },
        ]),
      },
      'note',
      /held \(rollout\) by me since .*, until .*: soaks/,
    ],
    [
      'a hold that is over',
      {
        holds: value([
          {
            id: 'r7',
            kind: 'relax',
            who: 'me',
            why: '',
            since: 1,
            until: 2,
            ...nothing,
            mechanisms: ['apparmor'],
          },
        ]),
      },
      'warning',
      /held \(relax apparmor\)/,
    ],
    [
      'an end that nobody was told',
      {
        untold: [{ id: 'x', outcome: 'committed', reason: '', who: 'me@there', commit: 'c0ffee', at: 1 }],
      },
      'note',
      /earlier run by me@there from commit c0ffee ended at .*: changed, DNS answers/,
    ],
    [
      'a transaction that goes on',
      { holder: 'me@there since 2026-01-01 00:00:00 UTC' },
      'note',
      /it is being changed by me@there since 2026/,
    ],
    [
      'an undone transaction',
      { last: value({ id: 'x', outcome: 'undone', reason: 'zone z', who: 'me', commit: '', at: 1 }) },
      'warning',
      /last transaction was undone: zone z/,
    ],
    ['what could not be asked', { exposure: unknown('no level') }, 'unknown', /exposure: unknown: no level/],
  ])('%s', (_, more, severity, what) => {
    const found = findings({ ...quiet, ...more });
    expect(found).toContainEqual(expect.objectContaining({ severity, what: expect.stringMatching(what) }));
    for (const it of found) expect([it.why, it.next]).not.toContain('');
  });

  it('has the next step of a BIND that no profile attaches to', () => {
    const own = attested({
      unit: value({ ...unit, name: 'bind-opt.service' }),
      named: running(process('unconfined', { exe: value('/opt/bind/sbin/named') })),
    });
    expect(own).toMatchObject({
      findings: [{ what: 'named runs unconfined', next: expect.stringContaining('unit: bind-opt.service') }],
    });
  });

  it('is not what happened to other programs', () => {
    const others = trail({
      denials: [{ ...denial, profile: 'cupsd' }],
      sigsys: [{ at: 1, exe: '/usr/bin/x', command: 'x' }],
    });
    expect(findings({ ...quiet, trail: others })).toEqual([]);
  });

  it('is said with the gravest first', () => {
    const found = findings({
      ...quiet,
      named: running(process('unconfined', { firejail: true })),
      conffiles: unknown('no dpkg-query'),
      trail: trail({}, { audit: absent }),
    });
    expect(found.map((it) => it.severity)).toEqual(['alarm', 'warning', 'unknown', 'note']);
  });

  it('of a playbook is which tasks differ', () => {
    const plan = planFor([task({ package: { names: ['auditd'] } })], { 'packages list': '' });
    expect(driftFindings(plan)).toMatchObject([
      { about: 'drift', what: expect.stringContaining('a task of package') },
    ]);
    const blocked = planFor([task({ package: { names: ['auditd'] } })], {
      'packages unknown': 'no dpkg-query',
    });
    expect(driftFindings(blocked)).toMatchObject([{ what: expect.stringContaining('no dpkg-query') }]);
  });
});

describe('the table', () => {
  it('has findings below it, once for hosts that share them', () => {
    const complain = { named: running(process('named (complain)')) };
    const shown = text([attested(complain), attested(complain, 'ns2'), attested({}, 'ns3')]);
    expect(shown).toMatch(/\n\nns1, ns2\n {2}! the policy of named only records/);
    expect(shown.match(/only records/g)).toHaveLength(1);
  });

  it('says the unit of named where it is another', () => {
    const own = attested({ unit: value({ ...unit, name: 'bind-opt.service' }) });
    expect(text([own])).toMatch(/3\.0 +bind-opt\.service active since/);
  });

  it('has hosts of which all is alike in one row, but where it is to be verbose', () => {
    const found = ['ns1', 'ns2', 'ns3', 'ns4'].map((host) => attested({}, host));
    expect(text(found).split('\n').slice(1)).toEqual([
      expect.stringMatching(/^ns\[1:4\] \(4 hosts\) {2}named/),
    ]);
    expect(text(found, true)).toMatch(/\nns1 .*\nns2 .*\nns3 .*\nns4 /);
  });

  it('ends with how many hosts are how', () => {
    const ended: HostStatus = {
      is: 'ended',
      host: 'ns5',
      outcome: { is: 'unreachable', failure: 'timeout', reason: '', hint: undefined },
    };
    const free = attested({ named: running(process('unconfined')) });
    const recording = attested({ named: running(process('named (complain)')) });
    expect(statusSummary([attested(), free, attested(), recording, ended])).toBe(
      '1 with an alarm, 1 with a warning, 2 all right, 1 unreachable',
    );
  });

  it('shows unknown as unknown, and what is not there as such', () => {
    const silent = process('named (enforce)', {
      label: unknown('x'),
      noNewPrivs: unknown('x'),
      seccomp: unknown('x'),
    });
    const [, row] = text([
      attested({ named: running(silent), exposure: unknown('x'), last: unknown('x') }),
    ]).split('\n');
    expect(row?.split(/ {2,}/)).toEqual([
      'ns1',
      'unknown',
      'unknown',
      'unknown',
      'unknown',
      expect.stringContaining('active'),
      'unknown',
    ]);
    const gone = text([attested({ unit: absent, named: running(process(''), { process: absent }) })]);
    expect(gone.split('\n')[1]).toMatch(/^ns1 +- +- +- +- +no named.service +never$/);
  });

  it('says how a host ended that could not be asked', () => {
    const ended: HostStatus = {
      is: 'ended',
      host: 'ns9',
      outcome: { is: 'unreachable', failure: 'refused', reason: 'x', hint: undefined },
    };
    expect(text([ended]).split('\n')[1]).toMatch(/^ns9 .* unreachable +-$/);
    expect(exitCode([ended.outcome], false)).toBe(Exit.unreachable);
  });

  it('has every fact below it where it is to be verbose', () => {
    const shown = text([attested()], true);
    for (const fact of [
      /process +7 \/usr\/sbin\/named, uid 100/,
      /firejail +no/,
      /capabilities +NET_BIND_SERVICE SYS_RESOURCE/,
      /may ever have +all/,
      /tasks +6 of 800/,
      /memory +32\.0 MiB/,
      /proven start +this start/,
      /holds +none/,
      /changed profiles +none/,
      /audit +auditd 9, 0 records lost/,
      /denials +none/,
      /listeners +none/,
    ])
      expect(shown).toMatch(fact);
  });
});
