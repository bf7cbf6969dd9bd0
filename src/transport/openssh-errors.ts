import { broken, place, unreachable } from './dial.ts';
import type { NotOpened } from './dial.ts';
import { handshakeFailure, loginLate } from './handshake-errors.ts';
import type { HostKeys } from './host-keys.ts';
import { readSaid } from './openssh-said.ts';
import { TransportError } from './transport.ts';
import type { SshTarget, TransportFailure } from './transport.ts';

/** Which code of the system stands behind ssh's words for it. */
const codes: readonly (readonly [RegExp, string])[] = [
  [/Could not resolve hostname .*(Temporary failure|try again)/i, 'EAI_AGAIN'],
  [/Could not resolve hostname/, 'ENOTFOUND'],
  [/^ssh: connect to .*: Connection refused/, 'ECONNREFUSED'],
  [/^ssh: connect to .*: (Connection|Operation) timed out/, 'ETIMEDOUT'],
  [/^ssh: connect to .*: No route to host/, 'EHOSTUNREACH'],
  [/^ssh: connect to .*: Network is unreachable/, 'ENETUNREACH'],
];

/**
 * Why ssh did not log in, from what it said.
 * @param late it was ended here, because it took too long
 */
export function openSshFailure(
  target: SshTarget,
  text: string,
  late: boolean,
  hostKeys: Pick<HostKeys, 'refused'>,
): NotOpened {
  const said = readSaid(text);
  const { lines, progress } = said;
  const at = place(target);
  const has = (pattern: RegExp) => lines.find((line) => pattern.test(line));
  const failed = (failure: TransportFailure, message: string, hint: string): NotOpened => ({
    is: 'failed',
    error: new TransportError(target.host, failure, message, hint),
  });

  const host = has(/^Host key verification failed/);
  if (host !== undefined || has(/REVOKED HOST KEY DETECTED|^Host key .* revoked/) !== undefined) {
    const revoked = has(/REVOKED HOST KEY|revoked by/) !== undefined;
    return { is: 'failed', error: hostKeys.refused(target, said, revoked) };
  }
  const code = codes.find(([pattern]) => has(pattern) !== undefined)?.[1];
  if (code !== undefined) return unreachable(target, Object.assign(new Error(lines.at(-1)), { code }));
  const apart = has(/no matching .* found/);
  if (apart !== undefined) {
    const why = apart.replace(/^Unable to negotiate with .*?: /, '');
    return failed(
      'no-algorithm',
      `the SSH handshake with ${at} failed: ${why}`,
      'this ssh and that sshd have no algorithm in common: update the older one',
    );
  }
  const many = has(/Too many authentication failures/i);
  if (many !== undefined || has(/Permission denied \(|No more authentication methods/) !== undefined) {
    return handshakeFailure(target, rejectedBy(many ?? ''), progress, said.skipped);
  }
  if (late || has(/timed out/) !== undefined) {
    if (said.connected) return { is: 'failed', error: loginLate(target) };
    return unreachable(target, Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' }));
  }
  const last = lines.slice(-2).join(' / ');
  if (progress.started) return handshakeFailure(target, new Error(last), progress, []);
  if (
    has(
      /^(kex|ssh)_exchange_identification|: Connection reset by peer$|^Connection (closed|reset) by|^(client_loop|ssh_dispatch_run_fatal)/,
    ) !== undefined
  )
    return broken(target, new Error(last));
  return failed(
    'unreachable',
    `ssh did not reach ${at}: ${last || 'it ended without a word'}`,
    `try it: ssh ${target.asked.name}`,
  );
}

function rejectedBy(said: string): Error & { level: string } {
  return Object.assign(new Error(said), { level: 'client-authentication' });
}
