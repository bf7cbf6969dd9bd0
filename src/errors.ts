/** A place in a file that a person wrote. Lines and columns start at 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly col: number;
}

/** One finding in an input file: what, where, and the next step. */
export interface Diagnostic {
  readonly at: Position;
  readonly message: string;
  readonly hint?: string;
  /** The text of the line, for the caret below it. */
  readonly source?: string;
  /** How many characters of `source` the caret covers; 1 where it is not given. */
  readonly length?: number;
  /** The rule that it breaks, where it is one that a comment can silence. */
  readonly rule?: string;
}

/** The exit codes of the command; design: docs/exit-codes.md. */
export const Exit = {
  ok: 0,
  internal: 1,
  failed: 2,
  rejected: 3,
  unreachable: 4,
  usage: 5,
  failedAndUnreachable: 6,
  undone: 7,
  locked: 8,
  stale: 9,
  pending: 10,
  unhealthy: 11,
  interrupted: 130,
  terminated: 143,
} as const;
export type ExitCode = (typeof Exit)[keyof typeof Exit];

/** Input files were rejected before any host was touched (exit 3). */
export class InputError extends Error {
  override readonly name = 'InputError';
  readonly diagnostics: readonly Diagnostic[];
  constructor(diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map((d) => `${d.at.file}:${d.at.line}:${d.at.col}: ${d.message}`).join('\n'));
    this.diagnostics = diagnostics;
  }
}

/** The command line was wrong (exit 5). */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly hint: string | undefined;
  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

/** This machine lacks something that the command needs (exit 1): what, and the next step. */
export class MissingError extends Error {
  override readonly name = 'MissingError';
  readonly hint: string;
  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

/** What was thrown, in words: anything can be. */
export const messageOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown);
