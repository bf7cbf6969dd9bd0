import { describe, expect, it } from 'vitest';
import { lintUnit, unitRules } from '../../src/lint/lint.ts';
import { unitsOfFiles } from '../../src/lint/unit.ts';

const named = 'named.service.d/50-test.conf';
const found = (path: string, text: string): string[] =>
  unitsOfFiles([{ path, text }])
    .flatMap(lintUnit)
    .map((it) => it.rule.id);

const bind = 'User=bind\nAmbientCapabilities=CAP_NET_BIND_SERVICE';
const jail =
  'ExecStart=\nExecStart=/usr/bin/firejail --profile=/etc/x /usr/sbin/named -f -u bind\nNotifyAccess=all';
const strict = 'ProtectSystem=strict\nReadWritePaths=-/var/cache/bind';

/** For each rule: settings of [Service] that break it, and others, much alike, that don't. */
const cases: Readonly<Record<string, { readonly bad: readonly string[]; readonly good: readonly string[] }>> =
  {
    'unknown-capability': {
      bad: ['CapabilityBoundingSet=~CAP_(DAC_OVERWRITE', 'AmbientCapabilities=CAP_NET_BIND'],
      good: ['CapabilityBoundingSet=~cap_sys_admin CAP_MKNOD', 'CapabilityBoundingSet=~'],
    },
    'unknown-section': {
      bad: ['[Serivce]', '[service]'],
      good: ['[X-Mine]\nAnything=1', '[Install]', '[Unit]'],
    },
    'unknown-key': {
      bad: ['ProtectSystemm=yes', 'WantedBy=multi-user.target', 'Description=x'],
      good: ['ProtectSystem=yes', 'X-Mine=1', '[Install]\nWantedBy=multi-user.target'],
    },
    'stray-line': {
      bad: ['NoNewPrivileges yes', '=yes'],
      good: ['# NoNewPrivileges yes', '; x', 'Environment=A \\\n  B'],
    },
    'unknown-value': {
      bad: [
        'ProtectHome=maybe',
        'PrivateTmp=ja',
        'PrivateTmp=',
        'ProtectProc=yes',
        'ProtectSystem=Strict',
        'ReadWritePaths=relative',
        'RestrictAddressFamilies=~AF_PAKET',
      ],
      good: [
        'ProtectHome=tmpfs',
        'PrivateTmp=TRUE',
        'ProtectSystem=on',
        'ReadOnlyPaths=-/etc/bind "/srv" %S/bind',
        'RestrictAddressFamilies=~AF_PACKET',
      ],
    },
    'unknown-syscall-group': {
      bad: ['SystemCallFilter=~@nosuch', 'SystemCallLog=@Privileged'],
      good: ['SystemCallFilter=~@swap:EPERM', 'SystemCallFilter=~@sandbox'],
    },
    'unknown-syscall': {
      bad: ['SystemCallFilter=~nosuchcall'],
      good: ['SystemCallFilter=~io_uring_setup:EPERM kexec_load'],
    },
    'allow-list-error-number': {
      bad: ['SystemCallFilter=@system-service\nSystemCallFilter=chown:EPERM'],
      good: ['SystemCallFilter=~@swap:EPERM', 'SystemCallFilter=@system-service'],
    },
    'newer-than-252': {
      bad: ['PrivatePIDs=yes', 'BindLogSockets=yes', 'Type=notify-reload', 'SystemCallFilter=~@sandbox'],
      good: ['PrivateIPC=yes', 'Type=notify'],
    },
    'exec-start-twice': {
      bad: ['ExecStart=/usr/sbin/named -f'],
      good: ['ExecStart=\nExecStart=/usr/sbin/named -f', 'ExecStartPre=/bin/true'],
    },
    'not-in-foreground': {
      bad: ['ExecStart=\nExecStart=/usr/sbin/named -u bind', 'ExecStart=\nExecStart=/usr/sbin/named -c /f'],
      good: [
        'ExecStart=\nExecStart=/usr/sbin/named -4fu bind',
        'ExecStart=\nExecStart=/usr/sbin/named -u bind\nType=forking',
        'ExecStart=\nExecStart=/usr/local/bin/start-dns',
      ],
    },
    'options-lost': {
      bad: ['ExecStart=\nExecStart=/usr/sbin/named -f'],
      good: ['ExecStart=\nExecStart=/usr/sbin/named -f ${OPTIONS}'],
    },
    'tasks-max-too-small': { bad: ['TasksMax=5'], good: ['TasksMax=6', 'TasksMax=5%', 'TasksMax=infinity'] },
    'tasks-max-many-cores': {
      bad: ['TasksMax=6', 'TasksMax=20', 'TasksMax=200'],
      good: ['TasksMax=512', 'TasksMax=10%'],
    },
    'memory-max-too-small': {
      bad: ['MemoryMax=12M', 'MemoryMax=1024'],
      good: ['MemoryMax=2G', 'MemoryMax=5%'],
    },
    'personality-of-one-architecture': {
      bad: ['Personality=x86-64', 'Personality=arm64'],
      good: ['LockPersonality=yes', 'Personality='],
    },
    'dynamic-user': { bad: ['DynamicUser=yes'], good: ['DynamicUser=no', bind] },
    'no-port-capability': {
      bad: [
        'User=bind',
        'User=bind\nAmbientCapabilities=CAP_CHOWN',
        `${bind}\nCapabilityBoundingSet=CAP_CHOWN`,
        `${bind}\nCapabilityBoundingSet=CAP_NET_BIND_SERVICE\nCapabilityBoundingSet=CAP_BOGUS`,
      ],
      good: [bind, 'User=root', `${bind}\nCapabilityBoundingSet=~CAP_CHOWN`],
    },
    'unprivileged-port': {
      bad: ['User=bind\nCapabilityBoundingSet='],
      good: ['CapabilityBoundingSet=', `${bind}\nCapabilityBoundingSet=CAP_NET_BIND_SERVICE`],
    },
    'private-users-with-capabilities': {
      bad: [`${bind}\nPrivateUsers=yes`, 'PrivateUsers=yes'],
      good: [`${bind}\nPrivateUsers=no`, 'User=bind\nCapabilityBoundingSet=\nPrivateUsers=yes'],
    },
    'root-start-capabilities': {
      bad: [
        'CapabilityBoundingSet=',
        'CapabilityBoundingSet=~CAP_SETGID',
        'CapabilityBoundingSet=CAP_SETUID CAP_SETGID',
      ],
      good: [
        'CapabilityBoundingSet=CAP_NET_BIND_SERVICE CAP_SETUID\nCapabilityBoundingSet=CAP_SETGID',
        `${bind}\nCapabilityBoundingSet=CAP_NET_BIND_SERVICE`,
        'CapabilityBoundingSet=CAP_NET_BIND_SERVICE\nExecStart=\nExecStart=/usr/sbin/named -f',
      ],
    },
    'rndc-without-its-key': {
      bad: [
        'CapabilityBoundingSet=CAP_NET_BIND_SERVICE CAP_SETUID CAP_SETGID',
        'CapabilityBoundingSet=~CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH',
      ],
      good: [
        'CapabilityBoundingSet=~CAP_DAC_OVERRIDE',
        'CapabilityBoundingSet=~CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH\nExecReload=\nExecReload=/bin/kill -HUP $MAINPID\nExecStop=',
        `${bind}\nCapabilityBoundingSet=CAP_NET_BIND_SERVICE`,
      ],
    },
    'filter-denies-user-change': {
      bad: [
        'SystemCallFilter=~@privileged',
        'SystemCallFilter=~setgroups\nSystemCallErrorNumber=EPERM',
        'SystemCallFilter=~@setuid:EPERM',
        'SystemCallFilter=@basic-io @network-io',
        `${bind}\nSystemCallFilter=~capset`,
        'SystemCallFilter=@system-service\nSystemCallFilter=~@setuid',
      ],
      good: [
        'SystemCallFilter=@system-service',
        'SystemCallFilter=~@privileged\nSystemCallFilter=setuid setgid setgroups capset',
        `${bind}\nSystemCallFilter=~@privileged\nSystemCallErrorNumber=EPERM\nExecStart=\nExecStart=/usr/sbin/named -f`,
        `${bind}\nSystemCallFilter=~setgroups`,
        'SystemCallFilter=~@privileged\nSystemCallFilter=',
      ],
    },
    'filter-kills-chown': {
      bad: [
        `${bind}\nSystemCallFilter=~@chown`,
        `${bind}\nSystemCallFilter=~chown:kill\nSystemCallErrorNumber=EPERM`,
      ],
      good: [
        'SystemCallFilter=~@chown',
        `${bind}\nSystemCallFilter=~@chown\nSystemCallErrorNumber=EPERM`,
        `${bind}\nSystemCallFilter=~@chown\nSystemCallFilter=@chown`,
        `${bind}\nSystemCallFilter=~@chown:EPERM`,
      ],
    },
    'core-with-keys': {
      bad: [
        'SystemCallFilter=~@swap',
        'SystemCallFilter=~@swap:EPERM @mount:kill',
        'SystemCallFilter=@system-service',
      ],
      good: [
        'SystemCallFilter=~@swap\nLimitCORE=0',
        'SystemCallFilter=~@swap:EPERM',
        'SystemCallFilter=@system-service\nSystemCallErrorNumber=EPERM',
      ],
    },
    'apparmor-profile-as-root': {
      bad: ['AppArmorProfile=named', 'AppArmorProfile=-named\nUser=root'],
      good: [`${bind}\nAppArmorProfile=named`, 'AppArmorProfile='],
    },
    'apparmor-profile-may-be-missing': {
      bad: [`${bind}\nAppArmorProfile=nosuch`],
      good: [`${bind}\nAppArmorProfile=-nosuch`, `${bind}\nAppArmorProfile=named`],
    },
    'aa-exec-inside-a-profile': {
      bad: [
        'AppArmorProfile=named\nExecStart=\nExecStart=/usr/bin/aa-exec -p named -- /opt/bind/sbin/named -f -u bind',
      ],
      good: ['ExecStart=\nExecStart=/usr/bin/aa-exec -p named -- /opt/bind/sbin/named -f -u bind'],
    },
    'missing-address-family': {
      bad: [
        'RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX',
        'RestrictAddressFamilies=~AF_UNIX',
        'RestrictAddressFamilies=none',
      ],
      good: [
        'RestrictAddressFamilies=AF_INET AF_UNIX\nRestrictAddressFamilies=AF_NETLINK',
        'RestrictAddressFamilies=~AF_PACKET',
      ],
    },
    'private-network': {
      bad: ['PrivateNetwork=yes'],
      good: ['PrivateNetwork=no', 'PrivateNetwork=yes\n[Unit]\nJoinsNamespaceOf=x.service'],
    },
    'strict-without-data-folder': {
      bad: ['ProtectSystem=strict', 'ProtectSystem=strict\nReadWritePaths=-/var/lib/bind /var/cache/bind2'],
      good: [
        strict,
        'ProtectSystem=full',
        'ProtectSystem=strict\nReadWritePaths=/var',
        'ProtectSystem=strict\nCacheDirectory=bind',
        'ProtectSystem=strict\nRootDirectory=/srv/r\nBindPaths=/srv/c:/var/cache/bind',
      ],
    },
    'path-may-be-missing': {
      bad: ['ReadWritePaths=/srv/bind/zones', 'InaccessiblePaths=+/opt/x'],
      good: ['ReadWritePaths=-/srv/bind/zones /var/lib/bind/ /srv', 'ReadOnlyPaths=/etc/bind'],
    },
    'chroot-as-user': {
      bad: [
        `${bind}\nExecStart=\nExecStart=/usr/sbin/named -f -t /srv/root`,
        `${bind} CAP_SYS_CHROOT\nCapabilityBoundingSet=CAP_NET_BIND_SERVICE\nExecStart=\nExecStart=/usr/sbin/named -f -t /srv/root`,
      ],
      good: [
        'ExecStart=\nExecStart=/usr/sbin/named -f -u bind -t /srv/root',
        `${bind} CAP_SYS_CHROOT\nExecStart=\nExecStart=/usr/sbin/named -f -t /srv/root`,
      ],
    },
    'firejail-in-a-sandbox': {
      bad: [
        strict,
        'PrivateDevices=yes',
        'RestrictNamespaces=~user',
        'RestrictSUIDSGID=yes',
        'SystemCallFilter=@system-service',
        'CapabilityBoundingSet=CAP_NET_BIND_SERVICE CAP_SETUID CAP_SETGID CAP_DAC_READ_SEARCH',
        'AppArmorProfile=named',
        bind,
      ].map((it) => `${jail}\n${it}`),
      good: [
        `${jail}\nNoNewPrivileges=yes\nPrivateTmp=yes\nProtectHome=yes\nProtectProc=invisible\nUMask=0027`,
        `${jail}\nSystemCallFilter=~@swap @reboot\nRestrictNamespaces=no`,
        'PrivateDevices=yes',
      ],
    },
    'firejail-notify-access': {
      bad: [jail.replace('NotifyAccess=all', '')],
      good: [jail, `${jail.replace('NotifyAccess=all', '')}\nType=simple`],
    },
    'firejail-type-simple': { bad: [`${jail}\nType=simple`], good: [jail, 'Type=simple'] },
    'firejail-stop-status': { bad: [jail], good: [`${jail}\nSuccessExitStatus=143`] },
  };

describe('rules about units', () => {
  it.each(Object.entries(cases))('%s', (id, { bad, good }) => {
    for (const text of bad)
      expect([text, found(named, `[Service]\n${text}\n`)]).toEqual([text, expect.arrayContaining([id])]);
    for (const text of good)
      expect([text, found(named, `[Service]\n${text}\n`)]).toEqual([text, expect.not.arrayContaining([id])]);
  });

  it('each has cases, a reason, a source and advice, and a name of its own', () => {
    const ids = unitRules.map((it) => it.id);
    expect(ids.filter((it) => it !== 'replaced-unit').toSorted()).toEqual(Object.keys(cases).toSorted());
    for (const { reason, source, advice } of unitRules)
      expect(Math.min(reason.length, source.length, advice.length)).toBeGreaterThan(10);
  });
});

describe('a whole unit', () => {
  const unit = '[Service]\nType=notify\nExecStart=/usr/sbin/named -f -u bind\n';
  it.each([
    ['etc/systemd/system/named.service', unit, ['replaced-unit']],
    ['my-dns.service', unit, ['replaced-unit']],
    ['bind-opt.service', unit.replace('/usr/sbin', '/opt/bind/sbin'), []],
    ['/lib/systemd/system/named.service', unit, []],
    ['other.service', '[Service]\nExecStart=/usr/bin/other\nTasksMax=3\n', []],
  ])('%s', (path, text, ids) => {
    expect(found(path, text)).toEqual(ids);
  });

  it('takes $OPTIONS from its own environment', () => {
    const text = (options: string) =>
      `[Service]\nEnvironment="OPTIONS=${options}"\nExecStart=/usr/sbin/named $OPTIONS\n`;
    expect(found('named.service', text('-f -u bind'))).not.toContain('not-in-foreground');
    expect(found('named.service', text('-u bind'))).toContain('not-in-foreground');
  });
});

describe('files that make one unit', () => {
  const judged = (files: Readonly<Record<string, string>>): string[][] =>
    unitsOfFiles(Object.entries(files).map(([path, text]) => ({ path, text: `[Service]\n${text}\n` }))).map(
      (it) => lintUnit(it).map(({ rule }) => rule.id),
    );

  it('are judged in the order of their names, however they are given', () => {
    const later = { 'named.service.d/90-b.conf': 'TasksMax=512', 'named.service.d/10-a.conf': 'TasksMax=5' };
    expect(judged(later)).toEqual([[]]);
    expect(judged({ 'a.service.d/x.conf': 'X=1', 'b.service.d/x.conf': 'ProtectHome=yes' })).toEqual([
      ['unknown-key'],
      [],
    ]);
  });

  it('can need each other, also under the alias of the unit', () => {
    const two = {
      'named.service.d/10-user.conf': 'User=bind',
      'bind9.service.d/20-port.conf': 'AmbientCapabilities=CAP_NET_BIND_SERVICE',
    };
    expect(judged(two)).toEqual([[]]);
  });

  it('lie in one place: folders of two hosts are two units', () => {
    const two = {
      'ns1/named.service.d/10-user.conf': 'User=bind',
      'ns2/named.service.d/20-port.conf': 'AmbientCapabilities=CAP_NET_BIND_SERVICE',
    };
    expect(judged(two)).toEqual([['no-port-capability'], []]);
  });

  it('a loose file is a drop-in of named.service by itself', () => {
    expect(
      judged({ 'x/a.conf': 'User=bind', 'x/b.conf': 'AmbientCapabilities=CAP_NET_BIND_SERVICE' }),
    ).toEqual([['no-port-capability'], []]);
  });

  it('a whole unit stands in front of its drop-ins, and in place of the vendor’s', () => {
    const [ids] = judged({
      'named.service.d/50-x.conf': 'SystemCallFilter=~capset\nSystemCallErrorNumber=EPERM',
      'named.service': 'ExecStart=/usr/sbin/named -f',
    });
    expect(ids).toEqual(['replaced-unit']);
  });
});

it('the caret stands under the word, on the line of a value that goes on', () => {
  const text = '[Service]\nSystemCallFilter=~@swap \\\n    @reboot @nosuch\n';
  const [defect] = unitsOfFiles([{ path: 'x.conf', text }])
    .flatMap(lintUnit)
    .filter((it) => it.rule.id === 'unknown-syscall-group')
    .map((it) => it.defect);
  expect(defect?.at.spot(defect.word)).toEqual({
    at: { file: 'x.conf', line: 3, col: 13 },
    length: 7,
    source: '    @reboot @nosuch',
  });
});
