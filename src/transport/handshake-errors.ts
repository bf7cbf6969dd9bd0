import type { AuthProgress } from './auth.ts';
import { broken, place } from './dial.ts';
import type { NotOpened } from './dial.ts';
import { TransportError } from './transport.ts';
import type { SshTarget, TransportFailure } from './transport.ts';

/** Why a login failed, in words, from what the client said and how far it came. */
export function handshakeFailure(
  target: SshTarget,
  ended: (Error & { level?: string }) | 'closed',
  progress: AuthProgress,
  skipped: readonly string[],
): NotOpened {
  const failed = (failure: TransportFailure, message: string, hint: string): NotOpened => ({
    is: 'failed',
    error: new TransportError(target.host, failure, message, hint),
  });
  const at = place(target);
  const said = ended === 'closed' ? 'it closed the connection' : ended.message;
  const level = ended === 'closed' ? undefined : ended.level;

  if (level === 'client-timeout') return { is: 'failed', error: loginLate(target) };
  if (level === 'client-authentication' || (progress.started && /too many auth/i.test(said))) {
    return failed('auth', rejection(target, progress, skipped, said), authHint(target, progress));
  }
  if (level === 'handshake') {
    const failure = /no matching/i.test(said) ? 'no-algorithm' : 'unreachable';
    return failed(failure, `the SSH handshake with ${at} failed: ${said}`, handshakeHint(said));
  }
  if (progress.started) {
    return failed(
      'unreachable',
      `${at} ended the connection during the login of ${target.user}: ${said}`,
      'the log of sshd on the host says why (journalctl -u ssh)',
    );
  }
  return broken(target, ended);
}

/** The error of a server that does not come to let anybody in. */
export function loginLate(target: SshTarget): TransportError {
  return new TransportError(
    target.host,
    'timeout',
    `${place(target)} takes connections, but the SSH login was not done within ${target.connectTimeout} s`,
    'is it an SSH server (ansible_port), and not overloaded?',
  );
}

function rejection(
  target: SshTarget,
  progress: AuthProgress,
  skipped: readonly string[],
  said: string,
): string {
  const tried = progress.tried.length === 0 ? 'nothing could be tried' : `tried ${progress.tried.join(', ')}`;
  const not = skipped.length === 0 ? '' : `; not usable: ${skipped.join(', ')}`;
  const many = /too many/i.test(said) ? ` (${said})` : '';
  return `the login of ${target.user} was rejected${many}: ${tried}${not}`;
}

function authHint(target: SshTarget, progress: AuthProgress): string {
  const takes = progress.left === undefined ? '' : `the server takes ${progress.left.join(', ')}; `;
  return `${takes}put a public key into ~${target.user}/.ssh/authorized_keys there, or name its key (ansible_ssh_private_key_file) or user (ansible_user)`;
}

function handshakeHint(said: string): string {
  if (/no matching/i.test(said)) {
    return 'confine_transport: openssh knows more of them; ssh2 knows curve25519, ecdh and dh-sha2, aes and chacha20, hmac-sha2, and plain host keys';
  }
  return 'look at the log of sshd on the host (journalctl -u ssh)';
}
