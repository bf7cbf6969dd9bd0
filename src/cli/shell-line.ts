import { shQuote } from '../quote.ts';

/** A command line of confine for a shell, and for logs that are read by others. */
export const shellLine = (args: readonly string[]): string =>
  ['confine', ...args.map(withoutSecret)].map(word).join(' ');

/** A value of -e that looks like a secret is left out: this is printed, and logs are read by others. */
const withoutSecret = (arg: string, i: number, args: readonly string[]): string =>
  /^(-e|--extra-vars)$/.test(args[i - 1] ?? '') && !arg.startsWith('@') && /pass|secret|token/i.test(arg)
    ? '…'
    : arg.replace(/^(-e|--extra-vars=)(?!@)(?=.*(pass|secret|token)).*$/i, '$1…');

const word = (arg: string): string => (/^[\w@%+=:,./-]+$/.test(arg) ? arg : shQuote(arg));
