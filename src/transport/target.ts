import { isAbsolute, join, resolve } from 'node:path';

import type { HostName } from '../brand.ts';
import type { Secret } from '../secret.ts';
import { expandHome } from './ssh-config.ts';
import type { Hop, SshConfig } from './ssh-config.ts';
import type { Become, ConnectTarget, SshTarget } from './transport.ts';
import { noVariables } from './variables.ts';
import type { ConnectionVariables } from './variables.ts';

/** What the command line says; it wins over the inventory, which wins over ssh_config. */
export interface TargetOverrides {
  readonly user?: string | undefined;
  readonly privateKey?: string | undefined;
  readonly become?: boolean | undefined;
  readonly becomeUser?: string | undefined;
  readonly becomePassword?: Secret | undefined;
  readonly hostKeyChecking?: SshTarget['hostKeyChecking'] | undefined;
  /** Seconds. */
  readonly connectTimeout?: number | undefined;
}

/** What the play says; the inventory wins over it. */
export interface PlayBecome {
  readonly become?: boolean | undefined;
  readonly becomeUser?: string | undefined;
}

export interface Surroundings {
  readonly home: string;
  /** Relative paths of `confine_known_hosts` start here: the folder of the inventory. */
  readonly folder: string;
  readonly overrides: TargetOverrides;
  readonly play: PlayBecome;
}

export interface Reached {
  readonly target: ConnectTarget;
  readonly warnings: readonly string[];
}

/** How to reach this machine itself. */
export function localTarget(host: HostName, variables: ConnectionVariables, around: Surroundings): Reached {
  const target = { via: 'local', host, become: becomeOf(variables, around) } as const;
  return { target, warnings: variables.warnings };
}

/** A target without the way to it. */
export type Approach = Omit<SshTarget, 'client' | 'asked' | 'jump'>;

export interface Approached {
  readonly target: Approach;
  readonly warnings: readonly string[];
}

/**
 * How to reach a host over SSH: the command line wins over its inventory variables, those over the play and
 * over what ssh_config says. Pure: `config` was read before.
 */
export function sshTarget(
  host: HostName,
  variables: ConnectionVariables,
  config: SshConfig,
  around: Surroundings,
): Approached {
  const { overrides } = around;
  const warnings = [...variables.warnings];
  const hostKeyChecking = overrides.hostKeyChecking ?? checkingOf(config, warnings);
  if (hostKeyChecking === 'off') {
    warnings.push('host keys are NOT checked: whoever answers gets your commands and passwords');
  }
  const key = overrides.privateKey ?? variables.privateKey;
  const target: Approach = {
    via: 'ssh',
    host,
    address: config.hostname,
    port: variables.port ?? config.port,
    user: overrides.user ?? variables.user ?? config.user,
    identityFiles: key === undefined ? config.identityFiles : [resolve(expandHome(key, around.home))],
    identitiesOnly: config.identitiesOnly,
    agent: config.agent,
    password: variables.password,
    knownHostsFiles: [...knownHostsOf(variables, around), ...config.knownHostsFiles],
    hostKeyAlias: config.hostKeyAlias,
    hostKeyChecking,
    connectTimeout: overrides.connectTimeout ?? config.connectTimeout ?? 10,
    become: becomeOf(variables, around),
  };
  return { target, warnings };
}

/** How to reach a jump host; it shares with the host behind it only whom to trust, and the name in errors. */
export function jumpTarget(
  host: HostName,
  hop: Hop,
  behind: ConnectionVariables,
  config: SshConfig,
  around: Surroundings,
): Approach {
  const variables: ConnectionVariables = {
    ...noVariables,
    user: hop.user,
    port: hop.port,
    knownHosts: behind.knownHosts,
  };
  const { hostKeyChecking, connectTimeout } = around.overrides;
  const own: Surroundings = { ...around, overrides: { hostKeyChecking, connectTimeout, become: false } };
  return sshTarget(host, variables, config, own).target;
}

function becomeOf(variables: ConnectionVariables, { overrides, play }: Surroundings): Become {
  if (!(overrides.become ?? variables.become ?? play.become ?? false)) return { is: 'no' };
  return {
    is: 'sudo',
    user: overrides.becomeUser ?? variables.becomeUser ?? play.becomeUser ?? 'root',
    password: overrides.becomePassword ?? variables.becomePassword,
  };
}

function checkingOf(config: SshConfig, warnings: string[]): SshTarget['hostKeyChecking'] {
  switch (config.strictHostKeyChecking) {
    case 'yes':
    case 'ask':
      // Nothing asks in the middle of a fleet.
      return 'strict';
    case 'accept-new':
      return 'accept-new';
    case 'no':
      warnings.push(
        'ssh_config turns host key checking off; confine accepts new keys (accept-new), and refuses changed ones',
      );
      return 'accept-new';
  }
}

function knownHostsOf(
  { knownHosts }: ConnectionVariables,
  { folder, home }: Surroundings,
): readonly string[] {
  if (knownHosts === undefined) return [];
  const path = expandHome(knownHosts, home);
  return [isAbsolute(path) ? path : join(folder, path)];
}
