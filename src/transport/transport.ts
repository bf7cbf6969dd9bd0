import type { HostName } from '../brand.ts';
import type { Secret } from '../secret.ts';

/**
 * Why a host could not be used. `lost` is a connection that broke after it had been open; `no-shell` is a
 * login that does not start `sh` (nologin, a forced command); `no-algorithm` a client and a server that can't
 * agree on one.
 */
export type TransportFailure =
  | 'unreachable'
  | 'timeout'
  | 'no-algorithm'
  | 'auth'
  | 'host-key-unknown'
  | 'host-key-changed'
  | 'host-key-revoked'
  | 'no-shell'
  | 'become-password-missing'
  | 'become-password-rejected'
  | 'become-refused'
  | 'lost'
  | 'too-much-output';

/** A host could not be reached or used: what, why, and the next step (exit 4). */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  readonly host: HostName;
  readonly failure: TransportFailure;
  readonly hint: string | undefined;
  constructor(host: HostName, failure: TransportFailure, message: string, hint?: string) {
    super(message);
    this.host = host;
    this.failure = failure;
    this.hint = hint;
  }
}

export type Become =
  | { readonly is: 'no' }
  | { readonly is: 'sudo'; readonly user: string; readonly password: Secret | undefined };

/** Which client speaks SSH with a host, and why that one. */
export type SshClient =
  | {
      readonly by: 'ssh2';
      readonly why: string;
      /** Whom to try next where the two have no algorithm in common. */
      readonly or: 'openssh' | undefined;
    }
  | { readonly by: 'openssh'; readonly why: string };

/** The name under which ssh(1) looks a host up, and in which configuration: a path, `none`, or its usual files. */
export interface AskedBy {
  readonly name: string;
  readonly config: string | undefined;
}

/** What an SSH connection needs, after inventory and ssh_config were taken together. */
export interface SshTarget {
  readonly via: 'ssh';
  readonly host: HostName;
  /** Address or name to connect to. */
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly identityFiles: readonly string[];
  /** Path of the agent's socket. */
  readonly agent: string | undefined;
  /** Offer only those keys of the agent that are in `identityFiles` too. */
  readonly identitiesOnly: boolean;
  readonly password: Secret | undefined;
  readonly knownHostsFiles: readonly string[];
  /** The name to look up in known_hosts instead of the address. */
  readonly hostKeyAlias: string | undefined;
  readonly hostKeyChecking: 'strict' | 'accept-new' | 'off';
  /** Seconds for TCP and for the handshake, each. */
  readonly connectTimeout: number;
  /** Who speaks SSH with it, and with all hosts on the way. */
  readonly client: SshClient;
  /** How ssh(1) is asked for it. */
  readonly asked: AskedBy;
  /** The host to go through; it can have one of its own. */
  readonly jump: SshTarget | undefined;
  readonly become: Become;
}

/** The machine that confine runs on. */
export interface LocalTarget {
  readonly via: 'local';
  readonly host: HostName;
  readonly become: Become;
}

export type ConnectTarget = SshTarget | LocalTarget;

export interface RunOptions {
  /** Seconds after which the remote script is ended by the host itself, and the trip fails with `timeout`. */
  readonly timeout?: number;
  /** Bytes of stdout and stderr, each, above which the trip fails with `too-much-output`; 64 MiB by default. */
  readonly maxBytes?: number;
  /** Called with raw bytes of stdout as they come. */
  readonly onStdout?: (chunk: Buffer) => void;
  /** Run as the login user although the connection has `become`. */
  readonly asLoginUser?: boolean;
}

export type RunStatus =
  { readonly is: 'exited'; readonly code: number } | { readonly is: 'killed'; readonly signal: string };

export interface RunResult {
  readonly status: RunStatus;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/** One open connection to one host. */
export interface Connection {
  readonly host: HostName;
  /**
   * One trip: one exec channel that feeds `script` to a POSIX sh (as the become user, if any). The script
   * starts in `/`, with an empty stdin, `LC_ALL=C` and the usual PATH of root, and only once it has arrived
   * whole. Rejects with TransportError only; a script that fails resolves with its status.
   * @throws {RangeError} for a script that holds a NUL.
   */
  run(script: string, options?: RunOptions): Promise<RunResult>;
  /** Ends the connection; trips that still run reject with `lost`. Never rejects. */
  close(): Promise<void>;
}

/** Opens a connection; rejects with TransportError only. */
export type Connect = (target: ConnectTarget) => Promise<Connection>;
