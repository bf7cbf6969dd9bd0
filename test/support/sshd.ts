import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { shell } from './shell.ts';

/** A real sshd of one's own on 127.0.0.1, in the foreground, with keys and files in a folder of its own. */
export interface Sshd {
  readonly port: number;
  readonly folder: string;
  /** Path of the private key that may log in as any user. */
  readonly key: string;
  /** A known_hosts file with its host keys. */
  readonly knownHosts: string;
  /** Public key lines by type, without a name in front. */
  readonly hostKeys: Readonly<Record<string, string>>;
  readonly log: () => string;
  /** Ends the listener; connections that are open go on, as with any sshd. */
  readonly stop: () => Promise<void>;
}

export interface SshdOptions {
  /** Lines for sshd_config. sshd takes the first value of a keyword, so these win over the helper's own. */
  readonly config?: readonly string[];
  readonly hostKeyTypes?: readonly KeyType[];
  /** Path of an authority's private key, which signs its host keys for 127.0.0.1. */
  readonly hostAuthority?: string;
}

/** A test that fails before it stops its servers must not leave them running. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export type KeyType = 'ed25519' | 'ecdsa' | 'rsa';

export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
  // sshd reads authorized_keys as the user that logs in, so the folder is open to all.
  const folder = tmpFolder('sshd');
  const hostKeys: Record<string, string> = {};
  for (const type of options.hostKeyTypes ?? ['ed25519']) {
    hostKeys[type] = publicHalf(makeKey(join(folder, `host_${type}`), type));
  }
  const certificates = Object.keys(hostKeys).map((type) => join(folder, `host_${type}-cert.pub`));
  if (options.hostAuthority !== undefined)
    for (const certificate of certificates) {
      const key = certificate.replace('-cert', '');
      shell('ssh-keygen', ['-q', '-s', options.hostAuthority, '-h', '-I', 'host', '-n', '127.0.0.1', key]);
    }
  const key = makeKey(join(folder, 'id'), 'ed25519');
  writeFileSync(join(folder, 'authorized_keys'), readFileSync(`${key}.pub`));
  mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const port = await freePort();
  writeFileSync(
    join(folder, 'sshd_config'),
    [
      ...(options.config ?? []),
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      ...Object.keys(hostKeys).map((type) => `HostKey ${join(folder, `host_${type}`)}`),
      ...(options.hostAuthority === undefined ? [] : certificates.map((it) => `HostCertificate ${it}`)),
      `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
      'PidFile none',
      'UsePAM no',
      'StrictModes no',
      'PermitRootLogin yes',
      // Unlike other keywords, the last one of this counts.
      ...(options.config?.some((line) => line.startsWith('MaxStartups')) ? [] : ['MaxStartups 200:30:300']),
      'LogLevel INFO',
    ].join('\n') + '\n',
  );
  const knownHosts = join(folder, 'known_hosts');
  writeFileSync(
    knownHosts,
    Object.values(hostKeys)
      .map((line) => `[127.0.0.1]:${port} ${line}\n`)
      .join(''),
  );

  // Absolute paths: sshd runs itself again from /.
  const child = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', join(folder, 'sshd_config')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  let log = '';
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (chunk: Buffer) => {
      log += chunk.toString();
      if (log.includes('Server listening on')) resolve();
    });
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`sshd did not start: ${log}`)));
  });
  return {
    port,
    folder,
    key,
    knownHosts,
    hostKeys,
    log: () => log,
    async stop() {
      await end(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A script that kills whatever serves connections on an sshd's port, its own shell's server too, and leaves the listener. */
export function killServing({ port }: Pick<Sshd, 'port'>): string {
  const serving = `ss -Htnp state established sport = :${port} | grep -o 'pid=[0-9]*' | cut -d= -f2`;
  return `kill -9 $(${serving} | sort -u)`;
}

export function tmpFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `confine-t-${name}-`));
  chmodSync(folder, 0o755);
  return folder;
}

/** Makes a key pair and returns the path of its private half. */
export function makeKey(path: string, type: KeyType, passphrase = ''): string {
  if (!existsSync(path)) {
    const bits = type === 'rsa' ? ['-b', '2048'] : [];
    shell('ssh-keygen', ['-q', '-t', type, ...bits, '-N', passphrase, '-C', `confine-t-${type}`, '-f', path]);
  }
  return path;
}

/** `TYPE BASE64` of a key's public half. */
export function publicHalf(key: string): string {
  return readFileSync(`${key}.pub`, 'utf8').split(' ').slice(0, 2).join(' ');
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}
