import { join } from 'node:path';

/** What ssh_config(5) says about one host, as far as confine follows it. */
export interface SshConfig {
  readonly hostname: string;
  readonly user: string;
  readonly port: number;
  readonly identityFiles: readonly string[];
  readonly identitiesOnly: boolean;
  /** Path of the agent's socket. */
  readonly agent: string | undefined;
  readonly knownHostsFiles: readonly string[];
  readonly hostKeyAlias: string | undefined;
  readonly strictHostKeyChecking: 'yes' | 'ask' | 'accept-new' | 'no';
  readonly proxyJump: string | undefined;
  readonly proxyCommand: string | undefined;
  readonly certificateFile: string | undefined;
  readonly pkcs11Provider: string | undefined;
  readonly gssapi: boolean;
  /** Seconds. */
  readonly connectTimeout: number | undefined;
}

/** Where the person sits. */
export interface Seat {
  readonly home: string;
  readonly user: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What ssh does without any configuration. */
export function defaultSshConfig(name: string, seat: Seat): SshConfig {
  const inHome = (file: string) => join(seat.home, '.ssh', file);
  return {
    hostname: name,
    user: seat.user,
    port: 22,
    identityFiles: ['id_ed25519', 'id_ecdsa', 'id_rsa'].map(inHome),
    identitiesOnly: false,
    agent: seat.env['SSH_AUTH_SOCK'] || undefined,
    knownHostsFiles: [
      inHome('known_hosts'),
      inHome('known_hosts2'),
      '/etc/ssh/ssh_known_hosts',
      '/etc/ssh/ssh_known_hosts2',
    ],
    hostKeyAlias: undefined,
    strictHostKeyChecking: 'ask',
    proxyJump: undefined,
    proxyCommand: undefined,
    certificateFile: undefined,
    pkcs11Provider: undefined,
    gssapi: false,
    connectTimeout: undefined,
  };
}

/** Reads what `ssh -G NAME` printed; anything that it left out stays as the default. */
export function parseSshConfig(text: string, name: string, seat: Seat): SshConfig {
  const values = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const space = line.indexOf(' ');
    if (space === -1) continue;
    const keyword = line.slice(0, space).toLowerCase();
    values.set(keyword, [...(values.get(keyword) ?? []), line.slice(space + 1).trim()]);
  }
  const one = (keyword: string) => values.get(keyword)?.[0];
  const unlessNone = (keyword: string) => {
    const value = one(keyword);
    return value === undefined || value.toLowerCase() === 'none' ? undefined : value;
  };
  const base = defaultSshConfig(name, seat);
  const hostname = one('hostname') ?? base.hostname;
  const user = one('user') ?? base.user;
  const port = Number(one('port') ?? base.port);
  const hostKeyAlias = unlessNone('hostkeyalias');
  const expand = (path: string) => expandTokens(path, { seat, name, hostname, user, port, hostKeyAlias });
  const files = (keyword: string) =>
    // Printed on one line without quotes: a new path starts at a slash or a tilde.
    values
      .get(keyword)
      ?.flatMap((line) => line.split(/\s+(?=[/~])/))
      .filter((path) => path !== '' && path !== 'none');
  const knownHosts = [...(files('userknownhostsfile') ?? []), ...(files('globalknownhostsfile') ?? [])];
  const timeout = Number(one('connecttimeout'));
  return {
    hostname,
    user,
    port,
    identityFiles: (values.get('identityfile') ?? base.identityFiles).filter((f) => f !== 'none').map(expand),
    identitiesOnly: one('identitiesonly') === 'yes',
    agent: agentOf(one('identityagent'), seat, expand),
    knownHostsFiles: knownHosts.length > 0 ? knownHosts.map(expand) : base.knownHostsFiles,
    hostKeyAlias,
    strictHostKeyChecking: checkingOf(one('stricthostkeychecking')),
    proxyJump: unlessNone('proxyjump'),
    proxyCommand: unlessNone('proxycommand'),
    certificateFile: unlessNone('certificatefile'),
    pkcs11Provider: unlessNone('pkcs11provider'),
    gssapi: one('gssapiauthentication') === 'yes',
    connectTimeout: Number.isFinite(timeout) && timeout > 0 ? timeout : undefined,
  };
}

function checkingOf(value: string | undefined): SshConfig['strictHostKeyChecking'] {
  if (value === 'true' || value === 'yes') return 'yes';
  if (value === 'false' || value === 'no' || value === 'off') return 'no';
  return value === 'accept-new' ? value : 'ask';
}

function agentOf(
  value: string | undefined,
  seat: Seat,
  expand: (path: string) => string,
): string | undefined {
  if (value === undefined || value === 'SSH_AUTH_SOCK') return seat.env['SSH_AUTH_SOCK'] || undefined;
  if (value.toLowerCase() === 'none') return undefined;
  if (value.startsWith('$')) return seat.env[value.slice(1).replace(/^\{(.*)\}$/, '$1')] || undefined;
  return expand(value);
}

interface TokenValues {
  readonly seat: Seat;
  readonly name: string;
  readonly hostname: string;
  readonly user: string;
  readonly port: number;
  readonly hostKeyAlias: string | undefined;
}

/** The tokens of ssh_config(5) that `ssh -G` leaves in paths. */
function expandTokens(path: string, values: TokenValues): string {
  const tokens: Record<string, string> = {
    '%': '%',
    d: values.seat.home,
    h: values.hostname,
    k: values.hostKeyAlias ?? values.hostname,
    n: values.name,
    p: String(values.port),
    r: values.user,
    u: values.seat.user,
  };
  return expandHome(
    path.replace(/%(.)/g, (whole, token: string) => tokens[token] ?? whole),
    values.seat.home,
  );
}

/** `~` and `~/…`; another user's home is left as it is. */
export function expandHome(path: string, home: string): string {
  return path === '~' || path.startsWith('~/') ? join(home, path.slice(1)) : path;
}

/** One hop of `ProxyJump`, as it was written. */
export interface Hop {
  readonly name: string;
  readonly user: string | undefined;
  readonly port: number | undefined;
}

/** Reads `[user@]host[:port]` or `ssh://…`, separated by commas; undefined where ssh would not understand it. */
export function parseProxyJump(text: string): readonly Hop[] | undefined {
  const hops: Hop[] = [];
  for (const part of text.split(',')) {
    const match =
      /^(?:ssh:\/\/)?(?:(.+)@)?(?:\[([A-Fa-f0-9:.%a-z]+)\]|([A-Za-z0-9_.%-]+))(?::(\d{1,5}))?\/?$/.exec(
        part.trim(),
      );
    const name = match?.[2] ?? match?.[3];
    if (name === undefined || name.startsWith('-')) return undefined;
    hops.push({ name, user: match?.[1], port: match?.[4] === undefined ? undefined : Number(match[4]) });
  }
  return hops;
}
