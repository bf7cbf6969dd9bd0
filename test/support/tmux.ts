import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { shQuote } from '../../src/quote.ts';
import { tmpFolder } from './sshd.ts';

/** A command at a terminal, of which the screen can be looked at. */
export interface AtTerminal {
  /** What a person sees now, without empty lines at the end. */
  readonly screen: () => string;
  readonly cursorShows: () => boolean;
  readonly resize: (columns: number, rows: number) => void;
  readonly keys: (...names: readonly string[]) => void;
  readonly close: () => void;
}

/** Starts a command in a terminal of 80 columns and 24 rows, which stays behind its end: `exit N` is its last line. */
export function atTerminal(
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
): AtTerminal {
  const socket = join(tmpFolder('tmux'), 'socket');
  const tmux = (...args: readonly string[]): string => {
    const ran = spawnSync('tmux', ['-S', socket, '-f', '/dev/null', ...args], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C.UTF-8', CI: undefined, NO_COLOR: undefined, ...env },
    });
    if (ran.error) throw ran.error;
    if (ran.status !== 0) throw new Error(`tmux ${args.join(' ')}: ${ran.stderr}`);
    return ran.stdout;
  };
  const line = command.map(shQuote).join(' ');
  tmux('new-session', '-d', '-x', '80', '-y', '24', `${line}; echo "exit $?"; exec cat`);
  return {
    screen: () => tmux('capture-pane', '-p').trimEnd(),
    cursorShows: () => tmux('display-message', '-p', '#{cursor_flag}').trim() === '1',
    resize: (columns, rows) => void tmux('resize-window', '-x', String(columns), '-y', String(rows)),
    keys: (...names) => void tmux('send-keys', ...names),
    close: () => void tmux('kill-server'),
  };
}
