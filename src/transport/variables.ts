import { InputError } from '../errors.ts';
import { environmentName, passwordVariables, Secret } from '../secret.ts';
import { transports } from './choice.ts';
import type { TransportWish } from './choice.ts';

/** A connection variable that can't be used as it is; whoever knows the inventory knows its place. */
export interface Problem {
  readonly variable: string;
  readonly message: string;
  readonly hint: string;
}

/** A way to a host that can't be gone. */
export class Refusal extends Error {
  readonly problem: Problem;
  constructor(message: string, hint: string, variable = 'ansible_host') {
    super(message);
    this.problem = { variable, message, hint };
  }
}

/** The connection variables of a host, under Ansible's names, checked. */
export interface ConnectionVariables {
  readonly connection: 'ssh' | 'local';
  readonly address: string | undefined;
  readonly port: number | undefined;
  readonly user: string | undefined;
  readonly privateKey: string | undefined;
  readonly password: Secret | undefined;
  readonly knownHosts: string | undefined;
  readonly transport: TransportWish;
  readonly become: boolean | undefined;
  readonly becomeUser: string | undefined;
  readonly becomePassword: Secret | undefined;
  readonly warnings: readonly string[];
}

export const noVariables: ConnectionVariables = {
  connection: 'ssh',
  address: undefined,
  port: undefined,
  user: undefined,
  privateKey: undefined,
  password: undefined,
  knownHosts: undefined,
  transport: 'auto',
  become: undefined,
  becomeUser: undefined,
  becomePassword: undefined,
  warnings: [],
};

export type ReadVariables =
  | { readonly is: 'variables'; readonly variables: ConnectionVariables }
  | { readonly is: 'rejected'; readonly problems: readonly Problem[] };

/** Ansible's names, the newest first: the first one that is set counts. */
const names = {
  connection: ['ansible_connection'],
  address: ['ansible_host', 'ansible_ssh_host'],
  port: ['ansible_port', 'ansible_ssh_port'],
  user: ['ansible_user', 'ansible_ssh_user'],
  privateKey: ['ansible_ssh_private_key_file', 'ansible_private_key_file'],
  password: passwordVariables.login,
  knownHosts: ['confine_known_hosts'],
  transport: ['confine_transport'],
  become: ['ansible_become'],
  becomeMethod: ['ansible_become_method'],
  becomeUser: ['ansible_become_user'],
  becomePassword: passwordVariables.become,
} as const;

/** Set for ssh's command line, which confine does not have. */
const unsupported = [
  'ansible_ssh_common_args',
  'ansible_ssh_extra_args',
  'ansible_ssh_args',
  'ansible_become_flags',
  'ansible_become_exe',
];

/**
 * Reads the connection variables of a host, after templating.
 * @param env where a password with `{ env: NAME }` lies. Only one that is used is looked for, and decrypted: to reveal it
 *   throws a Refusal where that fails
 */
export function readVariables(
  vars: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string | undefined>> = {},
): ReadVariables {
  const problems: Problem[] = [];
  const problem = (variable: string, message: string, hint: string): undefined => {
    problems.push({ variable, message: `${variable} ${message}`, hint });
  };
  const pick = (from: readonly string[]): readonly [string, unknown] | undefined => {
    const name = from.find((name) => vars[name] !== undefined && vars[name] !== null);
    return name === undefined ? undefined : [name, vars[name]];
  };
  /** What is shown in messages, and sent to other programs. */
  const plain = (from: readonly string[]): readonly [string, unknown] | undefined => {
    const picked = pick(from);
    return picked?.[1] instanceof Secret
      ? problem(picked[0], 'is a secret, and it would be shown', 'keep it where it is not encrypted')
      : picked;
  };
  const text = (from: readonly string[]): string | undefined => {
    const picked = plain(from);
    if (picked === undefined) return undefined;
    const [name, value] = picked;
    if (typeof value === 'number') return String(value);
    if (typeof value !== 'string' || value === '')
      return problem(name, 'must be a text', 'write it in quotes');
    if (hasControl(value)) return problem(name, 'holds control characters', 'take them out');
    return value;
  };
  const secret = (from: readonly string[]): Secret | undefined => {
    const picked = pick(from);
    if (picked === undefined) return undefined;
    const [name, written] = picked;
    if (typeof written === 'string' && breaks.test(written)) return problem(name, ...broken);
    // A number has lost its leading zeros already.
    return typeof written === 'string' || written instanceof Secret || environmentName(written) !== undefined
      ? new Secret(() => password(name, written, env))
      : problem(name, 'must be a text', 'write it in quotes');
  };
  const flag = (from: readonly string[]): boolean | undefined => {
    const picked = plain(from);
    if (picked === undefined) return undefined;
    const [name, value] = picked;
    if (typeof value === 'boolean') return value;
    const word = typeof value === 'string' ? value.toLowerCase() : '';
    if (['yes', 'true', 'on', '1'].includes(word)) return true;
    if (['no', 'false', 'off', '0'].includes(word)) return false;
    return problem(name, 'must be true or false', 'write true or false');
  };

  const address = text(names.address);
  if (address !== undefined && (address.startsWith('-') || !/^[A-Za-z0-9_.:%-]+$/.test(address))) {
    problem(
      pick(names.address)?.[0] ?? 'ansible_host',
      `is no host name or address: ${address}`,
      'ssh would read a leading "-" as an option',
    );
  }
  const method = text(names.becomeMethod);
  if (method !== undefined && method !== 'sudo') {
    problem(
      'ansible_become_method',
      `is ${method}, and confine becomes another user only by sudo`,
      'set it to sudo, or log in as root',
    );
  }
  const variables: ConnectionVariables = {
    connection: connectionOf(text(names.connection), problem),
    address,
    port: portOf(plain(names.port), problem),
    user: text(names.user),
    privateKey: text(names.privateKey),
    password: secret(names.password),
    knownHosts: text(names.knownHosts),
    transport: transportOf(text(names.transport), problem),
    become: flag(names.become),
    becomeUser: text(names.becomeUser),
    becomePassword: secret(names.becomePassword),
    warnings: unsupported
      .filter((name) => vars[name] !== undefined && vars[name] !== null && vars[name] !== '')
      .map((name) => `${name} is not followed; write what it says into ~/.ssh/config or sudoers`),
  };
  return problems.length > 0 ? { is: 'rejected', problems } : { is: 'variables', variables };
}

const breaks = /[\0\n\r]/;
const broken = ['holds a line break', 'is it a whole file?'] as const;

function password(name: string, written: unknown, env: Readonly<Record<string, string | undefined>>): string {
  const from = environmentName(written);
  const value = from === undefined ? written : env[from];
  if (from !== undefined && (value === undefined || value === ''))
    throw new Refusal(
      `${name} is to come from ${from}, which is not set here`,
      'export it before confine starts',
      name,
    );
  const text = value instanceof Secret ? opened(name, value) : String(value);
  if (breaks.test(text)) throw new Refusal(`${name} ${broken[0]}`, broken[1], name);
  return text;
}

function opened(name: string, sealed: Secret): string {
  try {
    return sealed.reveal();
  } catch (error) {
    const [why] = error instanceof InputError ? error.diagnostics : [];
    if (why === undefined) throw error;
    throw new Refusal(
      `${name} can't be read: ${why.at.file}: ${why.message}`,
      why.hint ?? 'look at the file',
      name,
    );
  }
}

type Complain = (variable: string, message: string, hint: string) => undefined;

function connectionOf(value: string | undefined, problem: Complain): 'ssh' | 'local' {
  if (value === undefined || value === 'ssh' || value === 'smart') return 'ssh';
  if (value === 'local') return 'local';
  problem(
    'ansible_connection',
    `is ${value}, and confine knows ssh and local`,
    'set it to ssh or local, or leave it out',
  );
  return 'ssh';
}

function transportOf(value: string | undefined, problem: Complain): TransportWish {
  const wish = value === undefined ? 'auto' : transports.find((it) => it === value);
  if (wish === undefined)
    problem('confine_transport', `is ${value}, and may be ${transports.join(', ')}`, 'leave it out for auto');
  return wish ?? 'auto';
}

function portOf(picked: readonly [string, unknown] | undefined, problem: Complain): number | undefined {
  if (picked === undefined) return undefined;
  const [name, value] = picked;
  const port = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof port === 'number' && Number.isInteger(port) && port >= 1 && port <= 65535) return port;
  return problem(name, 'must be a port from 1 to 65535', 'leave it out for 22');
}

function hasControl(text: string): boolean {
  return /[\u0000-\u001f\u007f]/.test(text);
}
