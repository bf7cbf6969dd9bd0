/** Something that a template can hold: lists become several words. */
export type ShArg = string | number | readonly string[];

/**
 * One word of a POSIX shell, whatever the argument holds. Always in quotes, so that a plain word can't be
 * taken for a keyword, an alias or an assignment.
 * @throws {RangeError} for a NUL, which no shell can hold.
 */
export function shQuote(arg: string): string {
  if (arg.includes('\0')) throw new RangeError(`a shell word cannot hold a NUL: ${JSON.stringify(arg)}`);
  return `'${arg.replaceAll("'", "'\\''")}'`;
}

/**
 * Text of a script, with every value quoted: sh`rm -f ${path}`.
 * @throws {RangeError} for a NUL in a value.
 */
export function sh(text: TemplateStringsArray, ...args: readonly ShArg[]): string {
  let script = text[0] ?? '';
  for (const [i, arg] of args.entries()) script += words(arg) + (text[i + 1] ?? '');
  return script;
}

function words(arg: ShArg): string {
  if (typeof arg === 'string') return shQuote(arg);
  if (typeof arg === 'number') return shQuote(String(arg));
  return arg.map(shQuote).join(' ');
}
