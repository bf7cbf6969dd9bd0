import type { AnyAuthMethod, ParsedKey } from 'ssh2';

import type { Identities } from './identities.ts';
import type { SshTarget } from './transport.ts';

/** One way to log in, and its name for the error when none worked. */
export interface Attempt {
  readonly what: string;
  readonly method: AnyAuthMethod;
}

export interface Attempts {
  readonly attempts: readonly Attempt[];
  /** What could not be tried, and why. */
  readonly skipped: string[];
}

/**
 * The ways to log in, in order: the key files (by the agent where they are encrypted and it holds them), the
 * agent's other keys, the password. Never `none`, which only costs a round trip.
 */
export async function attemptsFor(target: SshTarget, identities: Identities): Promise<Attempts> {
  const username = target.user;
  const attempts: Attempt[] = [];
  const skipped: string[] = [];
  const socket = target.agent;
  const asked = socket === undefined ? undefined : await identities.agentKeys(socket);
  if (asked?.is === 'unusable') skipped.push(`the agent at ${socket}: ${asked.why}`);
  const held = asked?.is === 'keys' ? asked.keys : [];
  const used = new Set<ParsedKey>();
  const holds = (blob: Buffer) => held.find((key) => key.getPublicSSH().equals(blob));

  const loaded = await Promise.all(target.identityFiles.map((path) => identities.load(path)));
  for (const identity of loaded) {
    switch (identity.is) {
      case 'key': {
        const same = holds(identity.key.getPublicSSH());
        if (same !== undefined) used.add(same);
        attempts.push({ what: identity.path, method: { type: 'publickey', username, key: identity.key } });
        break;
      }
      case 'encrypted': {
        const same = identity.blob === undefined ? undefined : holds(identity.blob);
        if (same === undefined || socket === undefined) {
          skipped.push(`${identity.path}: encrypted, and no agent holds it`);
          break;
        }
        used.add(same);
        const agent = await identities.agent(socket, [same]);
        attempts.push({
          what: `${identity.path} (by the agent)`,
          method: { type: 'agent', username, agent },
        });
        break;
      }
      case 'absent':
        if (!isDefaultIdentity(identity.path)) skipped.push(`${identity.path}: no such file`);
        break;
      case 'unusable':
        skipped.push(`${identity.path}: ${identity.why}`);
        break;
    }
  }

  const others = target.identitiesOnly ? [] : held.filter((key) => !used.has(key));
  if (socket !== undefined && others.length > 0) {
    const agent = await identities.agent(socket, others);
    const what = others.length === 1 ? 'a key of the agent' : `${others.length} keys of the agent`;
    attempts.push({ what, method: { type: 'agent', username, agent } });
  }
  if (target.password !== undefined) attempts.push(...passwordAttempts(username, target.password.reveal()));
  return { attempts, skipped };
}

function passwordAttempts(username: string, password: string): Attempt[] {
  return [
    { what: 'the password', method: { type: 'password', username, password } },
    {
      what: 'the password, when asked',
      method: {
        type: 'keyboard-interactive',
        username,
        prompt: (_name, _instructions, _language, prompts, finish) => {
          // A hidden answer to one question is the password; anything else (a one-time code) is not ours to give.
          finish(prompts.length === 1 && prompts[0]?.echo === false ? [password] : prompts.map(() => ''));
        },
      },
    },
  ];
}

/** How far the login came. */
export interface AuthProgress {
  /** No attempt was sent: what breaks until here breaks before authentication. */
  started: boolean;
  readonly tried: string[];
  /** The methods that the server would still take. */
  left: readonly string[] | undefined;
}

/** Gives ssh2 one attempt after the other, as far as the server takes their kind; false when none is left. */
export function authHandler(
  attempts: readonly Attempt[],
  progress: AuthProgress,
): (left: readonly string[] | null) => AnyAuthMethod | false {
  const queue = [...attempts];
  return (left) => {
    progress.started = true;
    if (left !== null) progress.left = left;
    for (let attempt = queue.shift(); attempt !== undefined; attempt = queue.shift()) {
      const { type } = attempt.method;
      if (left !== null && !left.includes(type === 'agent' ? 'publickey' : type)) continue;
      progress.tried.push(attempt.what);
      return attempt.method;
    }
    return false;
  };
}

/** Whether ssh looks for a key there without being told. */
export function isDefaultIdentity(path: string): boolean {
  return /\/\.ssh\/id_(rsa|dsa|ecdsa|ecdsa_sk|ed25519|ed25519_sk|xmss)$/.test(path);
}
