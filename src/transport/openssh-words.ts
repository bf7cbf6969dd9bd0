import { shQuote } from '../quote.ts';
import type { SshTarget } from './transport.ts';

/** Written by ssh once the login is done, and the control socket listens. */
export const opened = 'confine-open';

export interface MasterPlace {
  /** Path of the control socket. */
  readonly control: string;
  /** Where ssh writes a new host key under `accept-new`; what is there is remembered, or refused, afterwards. */
  readonly learned: string;
  /** The control socket of the connection to the jump host. */
  readonly jump: string | undefined;
}

export interface Timing {
  /** Seconds between questions to a silent server, and how many of them may go without any byte. */
  readonly interval: number;
  readonly count: number;
}

/**
 * The words that log in and keep the connection for others (ssh_config(5)). Everything that ssh_config says
 * holds, but for what confine decides itself, as over ssh2: whom to trust, by which keys, through which hosts;
 * and what would ask, forward, or run anything.
 */
export function masterWords(target: SshTarget, place: MasterPlace, timing: Timing): readonly string[] {
  const { asked, hostKeyAlias, hostKeyChecking, identityFiles, jump } = target;
  const known = hostKeyChecking === 'off' ? ['/dev/null'] : target.knownHostsFiles;
  const files = hostKeyChecking === 'accept-new' ? [place.learned, ...known] : known;
  const options: readonly (readonly [string, string])[] = [
    ['BatchMode', target.password === undefined ? 'yes' : 'no'],
    ['NumberOfPasswordPrompts', '1'],
    ['ControlMaster', 'yes'],
    ['ControlPath', literal(place.control)],
    ['ControlPersist', 'no'],
    ['ConnectTimeout', String(Math.ceil(target.connectTimeout))],
    ['ServerAliveInterval', String(timing.interval)],
    ['ServerAliveCountMax', String(timing.count)],
    ['StrictHostKeyChecking', { strict: 'yes', 'accept-new': 'accept-new', off: 'no' }[hostKeyChecking]],
    ['UserKnownHostsFile', files.length === 0 ? '/dev/null' : files.map(literal).join(' ')],
    ['GlobalKnownHostsFile', '/dev/null'],
    ['UpdateHostKeys', 'no'],
    ['CheckHostIP', 'no'],
    ['HashKnownHosts', 'no'],
    ...(hostKeyAlias === undefined ? [] : [['HostKeyAlias', hostKeyAlias] as const]),
    ['IdentitiesOnly', target.identitiesOnly ? 'yes' : 'no'],
    ['IdentityAgent', target.agent === undefined ? 'none' : literal(target.agent)],
    ...(identityFiles.length === 0 ? ['none'] : identityFiles.map(literal)).map(
      (file) => ['IdentityFile', file] as const,
    ),
    ...(jump === undefined || place.jump === undefined
      ? []
      : [
          [
            'ProxyCommand',
            `${clientWords(place.jump).map(shQuote).join(' ')} -W '[%h]:%p' -- confine`,
          ] as const,
        ]),
    ['ClearAllForwardings', 'yes'],
    ['ForwardAgent', 'no'],
    ['ForwardX11', 'no'],
    ['Tunnel', 'no'],
    ['RemoteCommand', 'none'],
    ['RequestTTY', 'no'],
    ['PermitLocalCommand', 'yes'],
    ['LocalCommand', `echo ${opened}`],
    ['LogLevel', 'DEBUG1'],
  ];
  return [
    'ssh',
    ...(asked.config === undefined ? [] : ['-F', asked.config]),
    ...options.flatMap(([name, value]) => ['-o', `${name}=${value}`]),
    '-N',
    '-l',
    target.user,
    '-p',
    String(target.port),
    '--',
    asked.name,
  ];
}

/** The words that use a connection which is there; ssh would make one of its own where it is gone. */
export function clientWords(control: string): readonly string[] {
  return [
    'ssh',
    '-F',
    'none',
    '-o',
    `ControlPath=${literal(control)}`,
    '-o',
    'ControlMaster=no',
    '-o',
    'ProxyCommand=false',
  ];
}

/** A path as one value of an option. */
function literal(path: string): string {
  return `"${path.replaceAll('%', '%%').replaceAll(/["\\]/g, '\\$&')}"`;
}
