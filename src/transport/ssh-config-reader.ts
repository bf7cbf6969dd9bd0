import { readFileSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import pLimit from 'p-limit';

import { matchesGlob } from './known-hosts.ts';
import { hasTicket } from './needs.ts';
import { posix } from './process.ts';
import { defaultSshConfig, expandHome, parseSshConfig } from './ssh-config.ts';
import type { Seat, SshConfig } from './ssh-config.ts';

export type ReadConfig =
  | { readonly is: 'config'; readonly config: SshConfig; readonly warning: string | undefined }
  | { readonly is: 'broken'; readonly message: string };

/** ssh_config, read by ssh itself: only it knows Match, Include, tokens and canonical names. */
export interface SshConfigReader {
  read(
    name: string,
    given: { readonly user?: string | undefined; readonly port?: number | undefined },
  ): Promise<ReadConfig>;
}

export interface SshConfigSource {
  readonly seat: Seat;
  /** Do not read any ssh_config. */
  readonly ignore: boolean;
  /** Read this file alone, as `ssh -F`. */
  readonly file: string | undefined;
  /** The system's file; tests give another one. */
  readonly systemFile?: string;
}

export function createSshConfigReader(source: SshConfigSource): SshConfigReader {
  const limit = pLimit(4);
  const cache = new Map<string, Promise<ReadConfig>>();
  let matters: boolean | undefined;
  return {
    read(name, { user, port }) {
      matters ??= !source.ignore && (source.file !== undefined || anyMatters(source));
      if (!matters) {
        const base = defaultSshConfig(name, source.seat);
        const config = { ...base, user: user ?? base.user, port: port ?? base.port };
        return Promise.resolve({ is: 'config', config, warning: undefined });
      }
      const key = JSON.stringify([name, user, port]);
      const before = cache.get(key);
      if (before !== undefined) return before;
      const reading = limit(() => askSsh(source, name, user, port));
      cache.set(key, reading);
      return reading;
    },
  };
}

async function askSsh(
  source: SshConfigSource,
  name: string,
  user: string | undefined,
  port: number | undefined,
): Promise<ReadConfig> {
  const { $ } = await import('zx/core');
  const options = [
    ...(source.file === undefined ? [] : ['-F', source.file]),
    ...(user === undefined ? [] : ['-l', user]),
    ...(port === undefined ? [] : ['-p', String(port)]),
  ];
  const env = { ...source.seat.env, HOME: source.seat.home };
  const run = $({ ...posix, env });
  const done = await run`exec ssh ${options} -G -- ${name} </dev/null`;
  if (done.exitCode === 127) {
    return {
      is: 'config',
      config: defaultSshConfig(name, source.seat),
      warning: 'ssh is not installed here, so ssh_config was not read; install openssh-client',
    };
  }
  if (done.exitCode !== 0) {
    const said = done.stderr.trim().split('\n').slice(-2).join(' / ');
    return { is: 'broken', message: `ssh could not read its configuration for ${name}: ${said}` };
  }
  return { is: 'config', config: parseSshConfig(done.stdout, name, source.seat), warning: undefined };
}

/**
 * Keywords that change nothing in what confine takes from ssh_config. Files that hold no others, like Debian's
 * own, need no `ssh -G`, which would cost a process for each host.
 */
const idle = new Set(
  (
    'host sendenv setenv hashknownhosts gssapidelegatecredentials gssapikeyexchange ' +
    'forwardagent forwardx11 forwardx11timeout forwardx11trusted serveraliveinterval serveralivecountmax ' +
    'tcpkeepalive controlmaster controlpath controlpersist compression loglevel visualhostkey rekeylimit ' +
    'permitlocalcommand addkeystoagent batchmode checkhostip updatehostkeys ciphers macs kexalgorithms ' +
    'hostkeyalgorithms pubkeyacceptedalgorithms escapechar requesttty ipqos fingerprinthash'
  ).split(' '),
);

function anyMatters(source: SshConfigSource): boolean {
  const system = source.systemFile ?? '/etc/ssh/ssh_config';
  const own = join(source.seat.home, '.ssh', 'config');
  return [own, system].some((file) => fileMatters(file, source.seat, 0));
}

function fileMatters(file: string, seat: Seat, depth: number): boolean {
  if (depth > 8) return true;
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    // One that is there and can't be read is ssh's to complain about.
    return !(
      error instanceof Error &&
      'code' in error &&
      (error.code === 'ENOENT' || error.code === 'ENOTDIR')
    );
  }
  for (const line of text.split('\n')) {
    const match = /^\s*([A-Za-z0-9]+)[\s=]+(.*?)\s*$/.exec(line);
    const keyword = match?.[1]?.toLowerCase();
    if (keyword === undefined || idle.has(keyword)) continue;
    // Debian's own file allows it to everybody, and it changes nothing without a ticket.
    if (keyword === 'gssapiauthentication' && !hasTicket(seat)) continue;
    if (keyword !== 'include') return true;
    const included = (match?.[2] ?? '')
      .split(/\s+/)
      .map((pattern) => filesOf(pattern, dirname(file), seat.home));
    if (included.some((f) => f === undefined || f.some((f) => fileMatters(f, seat, depth + 1)))) return true;
  }
  return false;
}

/** The files of an Include; undefined for patterns that are left to ssh. */
function filesOf(pattern: string, folder: string, home: string): readonly string[] | undefined {
  const path = join(
    '/',
    pattern.startsWith('/') || pattern.startsWith('~') ? expandHome(pattern, home) : join(folder, pattern),
  );
  if (/["\\[$%]/.test(path) || /[*?]/.test(dirname(path))) return undefined;
  if (!/[*?]/.test(path)) return [path];
  try {
    const names = readdirSync(dirname(path));
    return names
      .filter((n) => !n.startsWith('.') && matchesGlob(basename(path), n))
      .map((n) => join(dirname(path), n));
  } catch {
    return [];
  }
}
