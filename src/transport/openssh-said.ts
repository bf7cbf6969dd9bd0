import { isDefaultIdentity } from './auth.ts';
import type { AuthProgress } from './auth.ts';

/** What ssh -v said of a login. */
export interface Said {
  /** The way to the server was there: a TCP connection, or words that came through a proxy. */
  readonly connected: boolean;
  /** The host key, or the certificate's: its type, and its fingerprint. */
  readonly offered: { readonly type: string; readonly fingerprint: string } | undefined;
  /** Why a host certificate did not count. */
  readonly certificate: string | undefined;
  readonly progress: AuthProgress;
  /** What could not be tried, and why. */
  readonly skipped: readonly string[];
  /** What is for people: all but the lines that only -v brings. */
  readonly lines: readonly string[];
}

const forPeople = (line: string) =>
  line !== '' &&
  !/^(debug\d: |OpenSSH_|Authenticated to |Transferred: |Bytes per second: |@@@|\*\*|Warning: Permanently added)/.test(
    line,
  );

/** Reads what ssh -v has written to stderr. Words that another version has otherwise only make errors shorter. */
export function readSaid(text: string): Said {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const has = (start: string) => lines.some((line) => line.startsWith(start));
  const found = (pattern: RegExp) => lines.flatMap((line) => pattern.exec(line)?.slice(1, 3) ?? []);
  const [type, fingerprint] = found(/^debug1: Server host (?:key|certificate): (\S+) (SHA256:[^\s,]+)/);
  const left = found(/^debug1: Authentications that can continue: (.*)/).at(-1);
  return {
    connected: has('debug1: Connection established') || has('debug1: Remote protocol version'),
    offered: type === undefined || fingerprint === undefined ? undefined : { type, fingerprint },
    certificate: found(
      /^((?:Certificate invalid|No matching CA found|.*certificate.*(?:revoked|not yet valid|expired)).*)/i,
    ).at(-1),
    progress: {
      started: has('debug1: Next authentication method: '),
      tried: lines.flatMap(triedBy),
      left: left?.split(','),
    },
    skipped: lines.flatMap(skippedBy),
    lines: lines.filter(forPeople),
  };
}

function triedBy(line: string): readonly string[] {
  const key = /^debug1: Offering public key: (.*?) \S+ SHA256:\S+(.*)$/.exec(line);
  if (key?.[1] !== undefined) return [key[2]?.includes('agent') ? `${key[1]} (of the agent)` : key[1]];
  switch (/^debug1: Next authentication method: (.*)/.exec(line)?.[1]) {
    case 'password':
      return ['the password'];
    case 'keyboard-interactive':
      return ['the password, when asked'];
    case 'gssapi-with-mic':
      return ['Kerberos'];
    default:
      return [];
  }
}

function skippedBy(line: string, i: number, lines: readonly string[]): readonly string[] {
  const gone = /^no such identity: (.*): No such file or directory$/.exec(line)?.[1];
  if (gone !== undefined) return isDefaultIdentity(gone) ? [] : [`${gone}: no such file`];
  const unusable = /^Load key "(.*)": (.*)$/.exec(line);
  if (unusable?.[1] !== undefined) return [`${unusable[1]}: ${unusable[2]}`];
  const agent = /^debug1: \w+: ssh_(?:get_authentication_socket|fetch_identitylist): (.*)$/.exec(line)?.[1];
  if (agent !== undefined) return [`the agent: ${agent}`];
  // A key that the server takes is the last that is tried, unless it can't sign here or the server wants more.
  const taken = /^debug1: Server accepts key: (.*?) \S+ SHA256:/.exec(line)?.[1];
  const more = lines.slice(i).some((later) => /^Authenticated .*partial success/.test(later));
  return taken === undefined || more
    ? []
    : [`${taken}: the server takes it, but it is encrypted, and no agent holds it`];
}

/** Why a jump host did not connect to an address, by what ssh -v said there. */
export function forwardRefused(text: string, address: string, port: number): string | undefined {
  let reason: string | undefined;
  const open = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const failed = /^channel (\d+): open failed: (.*)/.exec(line);
    if (failed?.[1] !== undefined && failed[2] !== undefined) open.set(failed[1], failed[2]);
    const freed = /^debug1: channel (\d+): free: direct-tcpip: listening port \d+ for (\S+) port (\d+),/.exec(
      line,
    );
    if (freed?.[1] !== undefined && freed[2] === address && freed[3] === String(port))
      reason = open.get(freed[1]) ?? reason;
  }
  return reason;
}
