import { randomBytes } from 'node:crypto';

import { shQuote } from '../quote.ts';
import type { Become } from './transport.ts';

/** Marks of one trip, which nothing on the host can know beforehand. */
export interface Marks {
  /** Printed, as a line on stdout and on stderr, by the shell that will run the script. */
  readonly ready: string;
  /** sudo's prompt. */
  readonly prompt: string;
  /** The last line of the script: without it the script was cut short. */
  readonly end: string;
}

export function marks(): Marks {
  const nonce = randomBytes(12).toString('hex');
  return {
    ready: `confine-ready-${nonce}`,
    prompt: `confine-password-${nonce}:`,
    end: `#confine-end-${nonce}`,
  };
}

/** Whether the trip has to go through sudo: not when the login user is already the one to become. */
export function needsSudo(become: Become, loginUser: string): become is Extract<Become, { is: 'sudo' }> {
  return become.is === 'sudo' && become.user !== loginUser;
}

/**
 * The words that start a shell for one trip. That shell says it is ready, reads all of its stdin before it
 * runs any of it (so a child that reads stdin can't eat the rest, and a line cut in the middle is never run),
 * and then runs it as `sh -s` would. No quotes or newlines inside: a login shell may be csh.
 */
export function commandWords(marks: Marks, become: Become, timeout: number | undefined): readonly string[] {
  const loader =
    'export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; cd /; ' +
    `echo ${marks.ready}; echo ${marks.ready} >&2; ` +
    'set -- "$(cat)"; exec </dev/null; ' +
    `case $1 in *${marks.end.replace('#', '"#"')}) eval "set --;$1";; ` +
    '*) echo "confine: the script did not arrive whole" >&2; exit 75;; esac';
  const limit = timeout === undefined ? [] : ['timeout', '-k', '5', String(timeout)];
  const shell = [...limit, 'sh', '-c', loader];
  if (become.is === 'no') return shell;
  // With -n sudo never reads stdin; with -S it reads one line, after its prompt, and no further.
  const ask = become.password === undefined ? ['-n'] : ['-S', '-p', marks.prompt];
  return ['env', 'LC_ALL=C', 'sudo', ...ask, '-H', '-u', become.user, '--', ...shell];
}

/** The same as one line for a login shell; `exec`, so that the script's status and signals are the channel's. */
export function commandLine(words: readonly string[]): string {
  return `exec ${words.map(shQuote).join(' ')}`;
}

/**
 * The script with its last line.
 * @throws {RangeError} for a NUL, which a shell would drop.
 */
export function sealed(script: string, marks: Marks): string {
  if (script.includes('\0')) throw new RangeError('a script cannot hold a NUL');
  return `${script}\n\n${marks.end}\n`;
}
