import type { HostName } from '../brand.ts';
import { TransportError } from './transport.ts';
import type { Become, RunStatus } from './transport.ts';

/** How sudo did not come to start the shell. */
export type BecomeEnd =
  | { readonly is: 'asked-again' }
  | { readonly is: 'no-password' }
  | { readonly is: 'silent'; readonly text: string }
  /** `answered`: whether it had a password from us. */
  | { readonly is: 'ended'; readonly text: string; readonly answered: boolean };

/** The error of a trip whose shell never started under sudo. sudo speaks English here: LC_ALL is C. */
export function becomeFailure(host: HostName, become: Become, end: BecomeEnd): TransportError {
  const user = become.is === 'sudo' ? become.user : 'root';
  switch (end.is) {
    case 'asked-again':
      return rejected(host, user);
    case 'no-password':
      return missing(host, user);
    case 'silent':
      return refused(host, user, `it neither asked for a password nor started a shell${said(end.text)}`);
    case 'ended':
      if (end.answered && /incorrect password attempt|no password was provided/.test(end.text)) {
        return rejected(host, user);
      }
      if (!end.answered && /password is required|authentication is required/.test(end.text)) {
        return missing(host, user);
      }
      if (/must have a tty/.test(end.text)) return refused(host, user, firstLines(end.text), 'requiretty');
      return refused(host, user, end.text === '' ? 'it ended without a word' : firstLines(end.text));
  }
}

/** The error of a host that was not asked, because the password was wrong on another one. */
export function rejectedElsewhere(host: HostName, become: Become, by: HostName): TransportError {
  const user = become.is === 'sudo' ? become.user : 'root';
  return new TransportError(
    host,
    'become-password-rejected',
    `the sudo password for ${user} was wrong on ${by}, so it was not tried here`,
    'run again with -K and the right password',
  );
}

/** The error of a login that ended before it started a shell. */
export function noShell(host: HostName, status: RunStatus, text: string): TransportError {
  const how = status.is === 'exited' ? `status ${status.code}` : status.signal;
  return new TransportError(
    host,
    'no-shell',
    `the login did not start sh (${how})${said(text)}`,
    'give the user a POSIX login shell, and its key no forced command (look at /etc/passwd, authorized_keys and ForceCommand on the host)',
  );
}

function rejected(host: HostName, user: string): TransportError {
  return new TransportError(
    host,
    'become-password-rejected',
    `sudo rejected the password for becoming ${user}`,
    'run again with -K and the right password; it was tried once',
  );
}

function missing(host: HostName, user: string): TransportError {
  return new TransportError(
    host,
    'become-password-missing',
    `sudo wants a password for becoming ${user}, and none was given`,
    'run again with -K (--ask-become-pass), or allow it without a password: NOPASSWD in sudoers',
  );
}

function refused(host: HostName, user: string, why: string, kind?: 'requiretty'): TransportError {
  const hint =
    kind === 'requiretty'
      ? "put 'Defaults:LOGIN !requiretty' into a file of /etc/sudoers.d on the host"
      : 'allow the login user to run /bin/sh in sudoers, or set ansible_user to one that may';
  return new TransportError(host, 'become-refused', `sudo did not become ${user}: ${why}`, hint);
}

function said(text: string): string {
  return text === '' ? '' : `; it said: ${firstLines(text)}`;
}

/** Enough of what was said to know why, on one line. */
function firstLines(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  const line = lines
    .filter((line) => line !== '')
    .slice(-3)
    .join(' / ');
  return line.length > 300 ? `${line.slice(0, 300)}…` : line;
}
