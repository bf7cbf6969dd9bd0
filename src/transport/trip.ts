import type { HostName } from '../brand.ts';
import { becomeFailure, noShell, rejectedElsewhere } from './become.ts';
import { commandWords, marks, sealed } from './command.ts';
import type { BecomeGate, Verdict } from './gate.ts';
import { createHead } from './head.ts';
import { TransportError } from './transport.ts';
import type { Become, RunOptions, RunResult, RunStatus } from './transport.ts';

/** The near end of an exec channel, or of a process. */
export interface Wire {
  write(text: string): void;
  end(text: string): void;
  /** Ends the channel or the process, without waiting. */
  stop(): void;
}

/** Limits of a trip, in milliseconds; tests shorten them. */
export interface TripLimits {
  /** For sudo to ask, or to start the shell. */
  readonly become: number;
  /** For the output to end after the script did. */
  readonly linger: number;
  /** For the answer to come, on top of the timeout that the host itself enforces. */
  readonly grace: number;
}

export const tripLimits: TripLimits = { become: 60_000, linger: 10_000, grace: 10_000 };

export interface TripSetup {
  readonly host: HostName;
  /** `no` when the login user is already the one to become. */
  readonly become: Become;
  readonly script: string;
  readonly options: RunOptions;
  readonly gate: BecomeGate;
  readonly limits: TripLimits;
}

/** One trip: what to start on the host, and where its events go. Its first end counts; later ones are ignored. */
export interface Trip {
  /** The command, word by word. */
  readonly words: readonly string[];
  readonly begin: (wire: Wire) => void;
  readonly stdout: (chunk: Buffer) => void;
  readonly stderr: (chunk: Buffer) => void;
  /** The command's status is known; output can still come. */
  readonly exited: (status: RunStatus) => void;
  /** Nothing more will come. */
  readonly closed: () => void;
  readonly fail: (error: TransportError) => void;
  /** Whether the shell has said that it is there. */
  readonly ready: () => boolean;
  readonly result: Promise<RunResult>;
}

const defaultMaxBytes = 64 * 1024 * 1024;

/** @throws {RangeError} for a script that holds a NUL. */
export function createTrip(setup: TripSetup): Trip {
  const { host, become, options, limits } = setup;
  const mark = marks();
  const script = sealed(setup.script, mark);
  const maxBytes = options.maxBytes ?? defaultMaxBytes;
  const out = createHead(mark.ready);
  const err = createHead(mark.ready);

  let wire: Wire | undefined;
  let status: RunStatus | undefined;
  let settleTurn: ((verdict: Verdict) => void) | undefined;
  let answered = false;
  let asked = false;
  let done = false;
  /** Never later than the start of the host's own clock. */
  let began = performance.now();
  let timer: NodeJS.Timeout | undefined;

  let resolve!: (result: RunResult) => void;
  let reject!: (error: TransportError) => void;
  const result = new Promise<RunResult>((res, rej) => {
    resolve = res;
    reject = rej;
  });
  // The caller may still be opening the channel when the connection is lost.
  result.catch(() => {});

  const fail = (error: TransportError): void => {
    if (done) return;
    done = true;
    clearTimeout(timer);
    settleTurn?.(error.failure === 'become-password-rejected' ? 'rejected' : 'unknown');
    wire?.stop();
    reject(error);
  };
  const failAs = (failure: TransportError['failure'], message: string, hint?: string) =>
    fail(new TransportError(host, failure, message, hint));
  const watch = (milliseconds: number, expired: () => void) => {
    clearTimeout(timer);
    timer = setTimeout(expired, milliseconds);
  };

  const watchBecome = () =>
    watch(limits.become, () => fail(becomeFailure(host, become, { is: 'silent', text: err.noise() })));
  const watchTimeout = (seconds: number) =>
    // Past `timeout -k 5`, so only a host that hangs, or a process that left the group, gets here.
    watch(seconds * 1000 + 5000 + limits.grace, () =>
      failAs(
        'timeout',
        `no answer ${seconds} s after the script was sent, and the host did not end it either`,
      ),
    );
  const watchLinger = () =>
    watch(limits.linger, () =>
      failAs(
        'timeout',
        'the script ended, but a process that it left behind holds its output open',
        'start it with </dev/null >/dev/null 2>&1',
      ),
    );

  const answer = async (): Promise<void> => {
    if (become.is === 'no') return;
    if (asked) return fail(becomeFailure(host, become, { is: 'asked-again' }));
    asked = true;
    if (become.password === undefined) return fail(becomeFailure(host, become, { is: 'no-password' }));
    clearTimeout(timer);
    const turn = await setup.gate.ask(host, become.password);
    if (turn.is === 'rejected') return fail(rejectedElsewhere(host, become, turn.by));
    if (done) return turn.settle('unknown');
    settleTurn = turn.settle;
    answered = true;
    watchBecome();
    began = performance.now();
    wire?.write(`${become.password.reveal()}\n`);
  };

  /** The shell is there and listens; one that sudo started may have the script only now. */
  const ready = () => {
    settleTurn?.('accepted');
    settleTurn = undefined;
    if (become.is === 'no') return;
    clearTimeout(timer);
    if (options.timeout !== undefined) watchTimeout(options.timeout);
    wire?.end(script);
  };

  const close = (): void => {
    if (done) return;
    if (status === undefined) {
      return failAs('lost', 'the channel closed without an exit status: what ran there was cut off');
    }
    const seconds = options.timeout;
    if (seconds !== undefined && looksTimedOut(status) && performance.now() - began >= seconds * 1000) {
      return failAs('timeout', `the script ran longer than ${seconds} s, and the host ended it`);
    }
    if (!out.found()) {
      const text = `${err.noise()}\n${out.noise()}`.trim();
      return fail(
        become.is === 'sudo'
          ? becomeFailure(host, become, { is: 'ended', text, answered })
          : noShell(host, status, text),
      );
    }
    done = true;
    clearTimeout(timer);
    resolve({ status, stdout: out.rest(), stderr: err.rest() });
  };

  return {
    words: commandWords(mark, become, options.timeout),
    begin(given) {
      wire = given;
      if (done) return wire.stop();
      if (become.is === 'sudo') return watchBecome();
      if (options.timeout !== undefined) watchTimeout(options.timeout);
      wire.end(script);
    },
    stdout(chunk) {
      if (done) return;
      const rest = out.add(chunk);
      if (rest.length < chunk.length && out.found()) ready();
      if (out.size() > maxBytes)
        return failAs('too-much-output', `the script wrote over ${maxBytes} bytes to stdout`);
      if (status !== undefined) watchLinger();
      if (rest.length > 0) options.onStdout?.(rest);
    },
    stderr(chunk) {
      if (done) return;
      err.add(chunk);
      if (err.size() > maxBytes)
        return failAs('too-much-output', `the script wrote over ${maxBytes} bytes to stderr`);
      if (status !== undefined) watchLinger();
      if (become.is === 'sudo' && !err.found() && err.take(mark.prompt)) void answer();
    },
    exited(given) {
      if (done) return;
      status = given;
      watchLinger();
    },
    closed: close,
    fail,
    ready: () => out.found(),
    result,
  };
}

/** What `timeout -k 5` leaves; a script can end so by itself too, so the clock has to agree. */
function looksTimedOut(status: RunStatus): boolean {
  return status.is === 'exited' ? status.code === 124 || status.code === 137 : status.signal === 'SIGKILL';
}
