import { homedir, userInfo } from 'node:os';

import type { HostName } from '../brand.ts';
import { parseProxyJump } from './ssh-config.ts';
import type { Seat, SshConfig } from './ssh-config.ts';
import { createSshConfigReader } from './ssh-config-reader.ts';
import type { SshConfigReader } from './ssh-config-reader.ts';
import { chooseClient, clientForAll } from './choice.ts';
import { createNeedsReader } from './needs.ts';
import type { NeedsReader } from './needs.ts';
import { jumpTarget, localTarget, sshTarget } from './target.ts';
import type { Approach, PlayBecome, Reached, Surroundings, TargetOverrides } from './target.ts';
import type { ConnectTarget, SshClient, SshTarget } from './transport.ts';
import { readVariables, Refusal } from './variables.ts';
import type { ConnectionVariables, Problem } from './variables.ts';

export interface TargetsOptions {
  readonly overrides?: TargetOverrides;
  /** Do not read ssh_config (`--no-ssh-config`): `ssh -G` can run commands, by `Match exec`. */
  readonly noSshConfig?: boolean;
  /** Read this file in its place. */
  readonly sshConfigFile?: string;
  /** Where the person sits; tests give another place. */
  readonly seat?: Seat;
}

export type Resolved =
  ({ readonly is: 'target' } & Reached) | { readonly is: 'rejected'; readonly problems: readonly Problem[] };

/** Says how to reach hosts. One for each run: it asks `ssh -G` at most once for each name. */
export interface Targets {
  /** `folder` is that of the inventory, for relative paths in it. Never rejects. */
  resolve(
    host: HostName,
    vars: Readonly<Record<string, unknown>>,
    context: { readonly folder: string; readonly play?: PlayBecome },
  ): Promise<Resolved>;
}

export function createTargets(options: TargetsOptions = {}): Targets {
  const overrides = options.overrides ?? {};
  const seat = options.seat ?? { home: homedir(), user: userInfo().username, env: process.env };
  const ignore = options.noSshConfig ?? false;
  const way: Way = {
    reader: createSshConfigReader({ seat, ignore, file: options.sshConfigFile }),
    needs: createNeedsReader(seat),
    config: ignore ? 'none' : options.sshConfigFile,
  };
  return {
    async resolve(host, vars, { folder, play = {} }) {
      const read = readVariables(vars, seat.env);
      if (read.is === 'rejected') return read;
      const { variables } = read;
      const around: Surroundings = { home: seat.home, folder, overrides, play };
      try {
        const reached =
          variables.connection === 'local'
            ? localTarget(host, variables, around)
            : await overSsh(way, { host, variables, around });
        openPasswords(reached.target);
        return { is: 'target', ...reached };
      } catch (error) {
        if (error instanceof Refusal) return { is: 'rejected', problems: [error.problem] };
        throw error;
      }
    },
  };
}

/** What can't be decrypted is told before any host is touched. */
function openPasswords(target: ConnectTarget): void {
  if (target.via === 'ssh') target.password?.reveal();
  if (target.become.is === 'sudo') target.become.password?.reveal();
}

/** What the ways to hosts are found by. */
interface Way {
  readonly reader: SshConfigReader;
  readonly needs: NeedsReader;
  /** The configuration that ssh is to read: a path, `none`, or its usual files. */
  readonly config: string | undefined;
}

/** The host at the end of the way. */
interface Behind {
  readonly host: HostName;
  readonly variables: ConnectionVariables;
  readonly around: Surroundings;
}

async function overSsh(way: Way, behind: Behind): Promise<Reached> {
  const { host, variables, around } = behind;
  const name = variables.address ?? host;
  if (name.startsWith('-')) {
    throw new Refusal(
      `the host name ${name} starts with "-", which ssh would read as an option`,
      'rename it',
    );
  }
  const user = around.overrides.user ?? variables.user;
  const { config, warning } = await configOf(way.reader, name, user, variables.port);
  const { target, warnings } = sshTarget(host, variables, config, around);
  const whole = await withWay(way, name, target, config, await jumpsTo(way, config, behind, 0), behind);
  return {
    target: withClient(whole, whole.client),
    warnings: warning === undefined ? warnings : [...warnings, warning],
  };
}

/** A target with the hosts before it, and with the client that it and they need. */
async function withWay(
  way: Way,
  name: string,
  approach: Approach,
  config: SshConfig,
  jump: SshTarget | undefined,
  { variables }: Behind,
): Promise<SshTarget> {
  const own = chooseClient(variables.transport, await way.needs.read(approach, config));
  if (own.by === 'ssh2' && config.proxyCommand !== undefined) {
    throw new Refusal(
      `ssh_config reaches ${config.hostname} by a ProxyCommand, which ssh2 can't follow`,
      'leave confine_transport out, or write ProxyJump in ssh_config where it only hops over another host',
    );
  }
  const client = variables.transport === 'auto' ? clientForAll(own, jump?.client) : own;
  return { ...approach, client, asked: { name, config: way.config }, jump };
}

/** The same way by one client. */
function withClient(target: SshTarget, client: SshClient): SshTarget {
  const { jump } = target;
  return { ...target, client, jump: jump === undefined ? undefined : withClient(jump, client) };
}

async function configOf(
  reader: SshConfigReader,
  name: string,
  user: string | undefined,
  port: number | undefined,
): Promise<{ readonly config: SshConfig; readonly warning: string | undefined }> {
  const read = await reader.read(name, { user, port });
  if (read.is === 'config') return read;
  throw new Refusal(read.message, `try it: ssh -G ${name}; or leave ssh_config out: --no-ssh-config`);
}

/** Jumps behind jumps, above which a circle is more likely than a plan. */
const maxDepth = 8;

/** The last jump host on the way to a host. As with ssh, only the first one's own ProxyJump counts. */
async function jumpsTo(
  way: Way,
  config: SshConfig,
  behind: Behind,
  depth: number,
): Promise<SshTarget | undefined> {
  if (config.proxyJump === undefined || config.proxyCommand !== undefined) return undefined;
  const hops = parseProxyJump(config.proxyJump);
  if (hops === undefined || depth >= maxDepth) {
    throw new Refusal(
      hops === undefined
        ? `ProxyJump ${config.proxyJump} is not understood`
        : `ProxyJump ${config.proxyJump} leads in a circle`,
      `look at ssh -G ${config.hostname}`,
    );
  }
  let jump: SshTarget | undefined;
  for (const [i, hop] of hops.entries()) {
    const own = (await configOf(way.reader, hop.name, hop.user, hop.port)).config;
    const before = i === 0 ? await jumpsTo(way, own, behind, depth + 1) : jump;
    const approach = jumpTarget(behind.host, hop, behind.variables, own, behind.around);
    jump = await withWay(way, hop.name, approach, own, before, behind);
  }
  return jump;
}
