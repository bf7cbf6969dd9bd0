import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';

import type { Needs } from './choice.ts';
import { publicBlob } from './identities.ts';
import { authorityFor, hostLookup, keyType, parseKnownHosts } from './known-hosts.ts';
import type { KnownHostsFile } from './known-hosts.ts';
import type { Seat, SshConfig } from './ssh-config.ts';
import type { SshTarget } from './transport.ts';

/** Looks at what a host would need that ssh2 can't do; each file and agent once a run. */
export interface NeedsReader {
  readonly read: (target: Needed, config: SshConfig) => Promise<Needs>;
}

type Needed = Pick<
  SshTarget,
  'address' | 'port' | 'hostKeyAlias' | 'identityFiles' | 'agent' | 'identitiesOnly' | 'knownHostsFiles'
>;

export function createNeedsReader(seat: Seat): NeedsReader {
  const certificates = remembered((path: string) => existsSync(`${path}-cert.pub`));
  const fido = remembered(isFido);
  const agents = remembered(offeredBy);
  const files = remembered(authoritiesOf);
  const ticket = hasTicket(seat);
  return {
    async read(target, config) {
      const { identityFiles, agent } = target;
      const lookup = hostLookup(target.address, target.port, target.hostKeyAlias);
      const known = target.knownHostsFiles.map(files).filter((it) => it !== undefined);
      const authority = authorityFor(known, lookup);
      return {
        config,
        certificates: identityFiles.filter(certificates).map((path) => `${path}-cert.pub`),
        fido: identityFiles.filter(fido),
        offered: agent === undefined || target.identitiesOnly ? undefined : await agents(agent),
        ticket,
        authority: authority && `${authority.file}:${authority.line}`,
      };
    },
  };
}

/** Whether Kerberos has a ticket where it keeps them unless told otherwise. */
export function hasTicket({ env }: Pick<Seat, 'env'>): boolean {
  return Boolean(env['KRB5CCNAME']) || existsSync(`/tmp/krb5cc_${process.getuid?.() ?? ''}`);
}

function remembered<K, V>(look: (key: K) => V): (key: K) => V {
  const seen = new Map<K, V>();
  return (key) => {
    if (!seen.has(key)) seen.set(key, look(key));
    return seen.get(key) as V;
  };
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

/** The private half of such a key only names the token. */
function isFido(path: string): boolean {
  const text = textOf(path);
  const blob = publicBlob(text);
  return (blob === undefined ? text : keyType(blob)).startsWith('sk-');
}

/** A known_hosts file that names an authority; the others need no reading here. */
function authoritiesOf(path: string): KnownHostsFile | undefined {
  const text = textOf(path);
  return text.includes('@cert-authority') ? parseKnownHosts(text, path) : undefined;
}

/** An agent that does not answer is no reason to wait long; what it holds is asked for again at the login. */
const agentMilliseconds = 2000;
const requestIdentities = Buffer.from([0, 0, 0, 1, 11]);
const identitiesAnswer = 12;

/** What an agent offers that ssh2 can't use: the draft-ietf-sshm-ssh-agent protocol, without loading ssh2. */
function offeredBy(socket: string): Promise<Needs['offered']> {
  return new Promise((resolve) => {
    const agent = connect(socket);
    let answer = Buffer.alloc(0);
    const settle = (offered: Needs['offered']) => {
      clearTimeout(timer);
      agent.destroy();
      resolve(offered);
    };
    const timer = setTimeout(() => settle(undefined), agentMilliseconds);
    agent.on('connect', () => void agent.write(requestIdentities));
    agent.on('error', () => settle(undefined));
    agent.on('close', () => settle(undefined));
    agent.on('data', (chunk: Buffer) => {
      answer = Buffer.concat([answer, chunk]);
      if (answer.length >= 4 && answer.length >= 4 + answer.readUInt32BE(0)) settle(firstOf(answer));
    });
  });
}

function firstOf(answer: Buffer): Needs['offered'] {
  if (answer[4] !== identitiesAnswer) return undefined;
  let at = 9;
  const next = () => {
    const bytes = answer.subarray(at + 4, at + 4 + answer.readUInt32BE(at));
    at += 4 + bytes.length;
    return bytes;
  };
  for (let left = answer.readUInt32BE(5); left > 0 && at + 8 <= answer.length; left -= 1) {
    const type = keyType(next());
    next();
    if (/-cert-v\d+@/.test(type)) return 'a certificate';
    if (type.startsWith('sk-')) return 'a FIDO key';
  }
  return undefined;
}
