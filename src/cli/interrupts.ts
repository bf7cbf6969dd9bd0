import { Exit, type ExitCode } from '../errors.ts';

type Signal = 'SIGINT' | 'SIGTERM';

const codes: Readonly<Record<Signal, ExitCode>> = { SIGINT: Exit.interrupted, SIGTERM: Exit.terminated };

/** The run was interrupted before any host had its turn. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly exit: ExitCode;
  constructor(exit: ExitCode) {
    super('interrupted: no host was touched');
    this.exit = exit;
  }
}

/**
 * What ^C and SIGTERM mean for a run: the first lets hosts in flight finish and starts no other, the second
 * lets go of them, and each finishes its transaction by itself.
 */
export interface Interrupts {
  /** Aborted by the first signal. */
  readonly stop: AbortSignal;
  /** The exit code that the first signal asks for, if there was one. */
  exit(): ExitCode | undefined;
  /** ^C as a prompt sees it: the terminal gives it to a prompt as a key. */
  interrupt(): void;
  /** Gives signals their usual meaning again. */
  release(): void;
}

/**
 * Takes the signals over until `release`.
 * @param letGo told of the second signal, right before the end
 */
export function takeInterrupts(letGo: (exit: ExitCode) => void): Interrupts {
  const stopping = new AbortController();
  let exit: ExitCode | undefined;
  const take = (signal: Signal): void => {
    if (exit !== undefined) {
      letGo(exit);
      process.exit(exit);
    }
    exit = codes[signal];
    stopping.abort();
  };
  process.on('SIGINT', take).on('SIGTERM', take);
  return {
    stop: stopping.signal,
    exit: () => exit,
    interrupt: () => take('SIGINT'),
    release: () => void process.off('SIGINT', take).off('SIGTERM', take),
  };
}
