import { readFileSync } from 'node:fs';
import { mkdir, open, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { messageOf } from '../errors.ts';
import { fingerprint, hostLookup, judge, keyType, knownTypes, parseKnownHosts } from './known-hosts.ts';
import type { HostKeyVerdict, HostLookup, KnownHost, KnownHostsFile } from './known-hosts.ts';
import type { Said } from './openssh-said.ts';
import { shQuote } from '../quote.ts';
import { TransportError } from './transport.ts';
import type { SshTarget } from './transport.ts';

/** The known_hosts files of a run: each is read once. */
export interface HostKeys {
  /** The key types by which the host is known. */
  types(target: SshTarget): readonly string[];
  /** Resolves with the error that refuses the key, or with nothing; under `accept-new` a new key is remembered. */
  check(target: SshTarget, key: Buffer): Promise<TransportError | undefined>;
  /**
   * The error that says why ssh refused a host key, as the files have it.
   * @param revoked ssh called it revoked
   */
  refused(target: SshTarget, said: Pick<Said, 'offered' | 'certificate'>, revoked: boolean): TransportError;
}

export function createHostKeys(): HostKeys {
  const files = new Map<string, KnownHostsFile>();
  const load = (file: string): KnownHostsFile => {
    const before = files.get(file);
    if (before !== undefined) return before;
    const parsed = parseKnownHosts(textOf(file), file);
    files.set(file, parsed);
    return parsed;
  };
  const judgeNow = (target: SshTarget, key: Buffer) =>
    judge(target.knownHostsFiles.map(load), lookupOf(target), key);

  const accept = async (target: SshTarget, key: Buffer): Promise<TransportError | undefined> => {
    const [file] = target.knownHostsFiles;
    if (file === undefined)
      return refusal(target, lookupOf(target), key, { is: 'unknown', authority: undefined });
    try {
      return await locked(file, async () => {
        // Someone else may have written a key for this host since the file was read.
        files.delete(file);
        const verdict = judgeNow(target, key);
        if (verdict.is !== 'unknown') return refusal(target, lookupOf(target), key, verdict);
        await append(file, `${lookupOf(target).name} ${keyType(key)} ${key.toString('base64')}`);
        files.delete(file);
        return undefined;
      });
    } catch (error) {
      const why = messageOf(error);
      return new TransportError(
        target.host,
        'host-key-unknown',
        `the new host key of ${target.address} could not be remembered: ${why}`,
        `make ${file} writable, or add the key to it by hand`,
      );
    }
  };

  return {
    types: (target) =>
      target.hostKeyChecking === 'off' ? [] : knownTypes(target.knownHostsFiles.map(load), lookupOf(target)),
    async check(target, key) {
      if (target.hostKeyChecking === 'off') return undefined;
      const verdict = judgeNow(target, key);
      if (verdict.is === 'unknown' && target.hostKeyChecking === 'accept-new') return accept(target, key);
      return refusal(target, lookupOf(target), key, verdict);
    },
    refused(target, { offered, certificate }, revoked) {
      const lookup = lookupOf(target);
      const print = offered?.fingerprint ?? '';
      const verdict = judge(target.knownHostsFiles.map(load), lookup, { fingerprint: print });
      const told = describe(offered?.type ?? 'a key', print);
      if (revoked && verdict.is !== 'revoked') return revokedBy(target, told, 'ssh calls it revoked');
      // What is known, and refused all the same, is a certificate that does not count.
      const why = verdict.is === 'known' ? ({ is: 'unknown', authority: undefined } as const) : verdict;
      const authority = why.is === 'unknown' ? why.authority : undefined;
      const more =
        certificate ??
        (authority && `${place(authority)} names a certificate authority for it, which did not sign that`);
      return refusalOf(target, lookup, told, why, more === undefined ? '' : ` (${more})`);
    },
  };
}

function lookupOf(target: SshTarget): HostLookup {
  return hostLookup(target.address, target.port, target.hostKeyAlias);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // A missing file knows no host, and one that can't be read must not be stronger than that.
    return '';
  }
}

async function append(file: string, line: string): Promise<void> {
  const before = textOf(file);
  const handle = await open(file, 'a', 0o600);
  try {
    // One write: ssh itself may append at the same time, without our lock.
    await handle.write(`${before === '' || before.endsWith('\n') ? '' : '\n'}${line}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const lockMilliseconds = 5000;

/** Holds `FILE.lock` while it works; a lock that its owner left behind is broken after a while. */
async function locked<T>(file: string, work: () => Promise<T>): Promise<T> {
  const lock = `${file}.lock`;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  for (;;) {
    try {
      await (await open(lock, 'wx', 0o600)).close();
      break;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      const age = Date.now() - ((await stat(lock).catch(() => undefined))?.mtimeMs ?? Date.now());
      if (age > lockMilliseconds) await rm(lock, { force: true });
      else await sleep(5 + Math.random() * 10);
    }
  }
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}

function refusal(
  target: SshTarget,
  lookup: HostLookup,
  key: Buffer,
  verdict: HostKeyVerdict,
): TransportError | undefined {
  if (verdict.is === 'known') return undefined;
  const offered = describe(keyType(key), fingerprint(key));
  const authority =
    verdict.is !== 'unknown' || verdict.authority === undefined
      ? ''
      : ` (${place(verdict.authority)} names a certificate authority for it, which only OpenSSH follows: confine_transport: openssh)`;
  return refusalOf(target, lookup, offered, verdict, authority);
}

function refusalOf(
  target: SshTarget,
  lookup: HostLookup,
  offered: string,
  verdict: Exclude<HostKeyVerdict, { readonly is: 'known' }>,
  more: string,
): TransportError {
  const { host, address } = target;
  switch (verdict.is) {
    case 'revoked':
      return revokedBy(target, offered, `${place(verdict.entry)} revokes it`);
    case 'changed':
      return changed(target, lookup, offered, verdict.entries);
    case 'unknown': {
      const files = target.knownHostsFiles.join(', ') || 'any file: none is configured';
      return new TransportError(
        host,
        'host-key-unknown',
        `the host key of ${address} is not known: ${lookup.name} is not in ${files}; it offers ${offered}${more}`,
        `compare that with \`ssh-keygen -l -f\` of the host's own key, then: ${keyscan(target)}`,
      );
    }
  }
}

function revokedBy(target: SshTarget, offered: string, how: string): TransportError {
  return new TransportError(
    target.host,
    'host-key-revoked',
    `the host key of ${target.address} is revoked: it offers ${offered}, and ${how}`,
    'the host needs a new host key; do not log in to it',
  );
}

function changed(
  target: SshTarget,
  lookup: HostLookup,
  offered: string,
  entries: readonly KnownHost[],
): TransportError {
  const known = entries.map((e) => `${place(e)} has ${describe(e.type, fingerprint(e.key))}`).join(', ');
  const file = entries[0]?.file ?? '';
  return new TransportError(
    target.host,
    'host-key-changed',
    `the host key of ${target.address} is another one: it offers ${offered}, but ${known}`,
    `if the host was installed anew: ssh-keygen -f ${shQuote(file)} -R ${shQuote(lookup.name)}; ` +
      'if not, somebody may be posing as it',
  );
}

function keyscan(target: SshTarget): string {
  const port = target.port === 22 ? '' : `-p ${target.port} `;
  return `ssh-keyscan ${port}${target.address} >> ${target.knownHostsFiles[0] ?? '~/.ssh/known_hosts'}`;
}

function place(entry: KnownHost): string {
  return `${entry.file}:${entry.line}`;
}

function describe(type: string, print: string): string {
  return `${type} ${print}`;
}
