import type { AuthProgress } from './auth.ts';
import { broken, place } from './dial.ts';
import type { NotOpened } from './dial.ts';
import { TransportError } from './transport.ts';
import type { SshTarget, TransportFailure } from './transport.ts';

/** Why a login failed, in words, from what ssh2 said and how far it came. */
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

  if (level === 'client-timeout') {
    return failed(
      'timeout',
      `${at} takes connections, but the SSH login was not done within ${target.connectTimeout} s`,
      'is it an SSH server (ansible_port), and not overloaded?',
    );
  }
  if (level === 'client-authentication' || (progress.started && /too many auth/i.test(said))) {
    return failed('auth', rejection(target, progress, skipped, said), authHint(target, progress));
  }
  if (level === 'handshake') {
    return failed('unreachable', `the SSH handshake with ${at} failed: ${said}`, handshakeHint(said));
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
    return 'confine needs a modern algorithm: curve25519 or ecdh or dh-sha2, aes or chacha20, hmac-sha2, and a plain host key';
  }
  return 'look at the log of sshd on the host (journalctl -u ssh)';
}
