import { createInterface, type Interface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { UsageError } from '../errors.ts';
import type { Interrupts } from './interrupts.ts';

/** Asks for a line that is not echoed; undefined where ^C was the answer. */
export async function askSecret(prompt: string, interrupts: Interrupts): Promise<string | undefined> {
  if (!process.stdin.isTTY) {
    const lines = createInterface({ input: process.stdin });
    for await (const line of lines) return line;
    throw new UsageError(
      'no password: stdin is empty',
      'write it to stdin as one line, or run this in a terminal',
    );
  }
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true });
  // Behind it: whoever sees the prompt may type, and the terminal must not echo that any more.
  process.stderr.write(prompt);
  const answer = await question(terminal, '', interrupts);
  process.stderr.write('\n');
  return answer;
}

/** Asks for a yes; ^C and ^D are none. */
export async function confirm(text: string, interrupts: Interrupts): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await question(terminal, `${text} [y/N] `, interrupts);
  return /^y(es)?$/i.test((answer ?? '').trim());
}

/** The answer, and nothing where ^C, ^D or a signal came in its place. */
async function question(
  terminal: Interface,
  text: string,
  interrupts: Interrupts,
): Promise<string | undefined> {
  terminal.once('SIGINT', () => interrupts.interrupt());
  try {
    return await terminal.question(text, { signal: interrupts.stop });
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError') return undefined;
    throw error;
  } finally {
    terminal.close();
  }
}
