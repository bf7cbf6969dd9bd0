import { readFile } from 'node:fs/promises';

import type {
  BaseAgent,
  IdentityCallback,
  ParsedKey,
  PublicKeyEntry,
  SignCallback,
  SigningRequestOptions,
} from 'ssh2';

/** A private key file, as it could be used. */
export type Identity =
  | { readonly is: 'key'; readonly path: string; readonly key: ParsedKey }
  /** Its public half is in the clear, so an agent that holds it can be asked. */
  | { readonly is: 'encrypted'; readonly path: string; readonly blob: Buffer | undefined }
  | { readonly is: 'absent'; readonly path: string }
  | { readonly is: 'unusable'; readonly path: string; readonly why: string };

/** The keys of an agent, or why there are none. */
export type AgentKeys =
  | { readonly is: 'keys'; readonly keys: readonly ParsedKey[] }
  | { readonly is: 'unusable'; readonly why: string };

/** Key files and agents of a run: each is read once, not once per host. */
export interface Identities {
  load(path: string): Promise<Identity>;
  agentKeys(socket: string): Promise<AgentKeys>;
  /** An agent that offers only these keys. */
  agent(socket: string, keys: readonly ParsedKey[]): Promise<BaseAgent>;
}

export function createIdentities(): Identities {
  const files = new Map<string, Promise<Identity>>();
  const agents = new Map<string, Promise<AgentKeys>>();
  return {
    load: (path) => once(files, path, () => loadIdentity(path)),
    agentKeys: (socket) => once(agents, socket, () => askAgent(socket)),
    agent: limitedAgent,
  };
}

function once<T>(cache: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const before = cache.get(key);
  if (before !== undefined) return before;
  const made = make();
  cache.set(key, made);
  return made;
}

async function loadIdentity(path: string): Promise<Identity> {
  let data: Buffer;
  try {
    data = await readFile(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return code === 'ENOENT'
      ? { is: 'absent', path }
      : { is: 'unusable', path, why: `cannot be read: ${code}` };
  }
  const { utils } = (await import('ssh2')).default;
  const parsed = utils.parseKey(data);
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  if (key instanceof Error || key === undefined) {
    const why = key?.message ?? 'no key in it';
    if (/encrypted/i.test(why)) return { is: 'encrypted', path, blob: publicBlob(data.toString('latin1')) };
    return { is: 'unusable', path, why };
  }
  if (!key.isPrivateKey()) return { is: 'unusable', path, why: 'a public key, not a private one' };
  return { is: 'key', path, key };
}

/** The public key in an OpenSSH private key file, which is never encrypted (PROTOCOL.key of OpenSSH). */
export function publicBlob(text: string): Buffer | undefined {
  const base64 = /-----BEGIN OPENSSH PRIVATE KEY-----([\sA-Za-z0-9+/=]+)-----END/.exec(text)?.[1];
  if (base64 === undefined) return undefined;
  const data = Buffer.from(base64, 'base64');
  const magic = 'openssh-key-v1\0';
  if (data.toString('latin1', 0, magic.length) !== magic) return undefined;
  try {
    let at = magic.length;
    const skip = () => {
      at += 4 + data.readUInt32BE(at);
    };
    // Cipher, key derivation, its options; then the number of keys.
    skip();
    skip();
    skip();
    at += 4;
    const length = data.readUInt32BE(at);
    return data.subarray(at + 4, at + 4 + length);
  } catch {
    return undefined;
  }
}

/** An agent that does not answer must not hold up the login by a key file. */
const agentMilliseconds = 5000;

async function askAgent(socket: string): Promise<AgentKeys> {
  const { OpenSSHAgent } = (await import('ssh2')).default;
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve({ is: 'unusable', why: 'it does not answer' }), agentMilliseconds);
    new OpenSSHAgent(socket).getIdentities((error, keys) => {
      clearTimeout(timer);
      if (error || keys === undefined) {
        resolve({ is: 'unusable', why: error?.message ?? 'it does not answer' });
      } else {
        resolve({ is: 'keys', keys: keys.filter(isParsed) });
      }
    });
  });
}

async function limitedAgent(socket: string, keys: readonly ParsedKey[]): Promise<BaseAgent> {
  const ssh2 = (await import('ssh2')).default;
  const whole = new ssh2.OpenSSHAgent(socket);
  class LimitedAgent extends ssh2.BaseAgent<ParsedKey> {
    getIdentities(callback: IdentityCallback<ParsedKey>): void {
      callback(undefined, [...keys]);
    }
    sign(
      key: ParsedKey,
      data: Buffer,
      options: SigningRequestOptions | SignCallback,
      callback?: SignCallback,
    ): void {
      if (typeof options === 'function') whole.sign(key, data, options);
      else whole.sign(key, data, options, callback);
    }
  }
  return new LimitedAgent();
}

/** Not of a kind that ssh2 does not know (certificates, FIDO). */
function isParsed(key: ParsedKey | PublicKeyEntry | Error): key is ParsedKey {
  return 'getPublicSSH' in key && typeof key.getPublicSSH === 'function';
}
