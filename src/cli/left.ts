import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { transactionId } from '../apply/session.ts';
import type { Event } from '../events.ts';
import { leftOf, type Standing } from '../fleet/ledger.ts';
import { shellLine } from './shell-line.ts';

/** How a command names its hosts. */
export type Naming =
  { readonly by: '--limit' } | { readonly by: 'argument'; readonly pattern: string | undefined };

/**
 * What a run did not do, and the command that goes on with it: nothing where all is done, and none where all
 * hosts failed, since that would be the same command again.
 */
export function whatIsLeft(
  standing: Standing,
  naming: Naming,
  argv: readonly string[] = process.argv.slice(2),
): (Event & { readonly event: 'run-left' }) | undefined {
  const left = leftOf(standing);
  const others = standing.done.length + standing.inFlight.length + standing.untouched.length;
  if (left.length === 0 || others === 0) return undefined;
  const file = keep(standing);
  const resume = resumed(argv, naming, file === undefined ? left.join(',') : `@${file}`);
  return { event: 'run-left', ...standing, file, resume };
}

/** Writes the hosts that are left where `--limit` finds them; undefined where this machine has no room for that. */
function keep(standing: Standing): string | undefined {
  const { XDG_STATE_HOME: state = '' } = process.env;
  const folder = join(isAbsolute(state) ? state : join(homedir(), '.local', 'state'), 'confine', 'left');
  const file = join(folder, `${transactionId()}.txt`);
  try {
    mkdirSync(folder, { recursive: true });
    prune(folder);
    writeFileSync(file, leftText(standing), { flag: 'wx' });
    return file;
  } catch {
    return undefined;
  }
}

/** Leaves the newest 19 of earlier runs, whose names begin with their time. */
function prune(folder: string): void {
  const files = readdirSync(folder).filter((it) => /^\d{8}T\d{6}Z-\w+\.txt$/.test(it));
  for (const it of files.toSorted().slice(0, -19)) rmSync(join(folder, it), { force: true });
}

/** A host a line, as `--limit @FILE` reads it. */
function leftText({ failed, inFlight, untouched }: Standing): string {
  const part = (title: string, hosts: readonly string[]) =>
    hosts.length === 0 ? [] : [`# ${title}`, ...hosts];
  return [
    ...part('failed', failed),
    ...part('left to themselves while they were changed', inFlight),
    ...part('not touched', untouched),
    '',
  ].join('\n');
}

/** The command line of a run, for other hosts. */
export function resumed(argv: readonly string[], naming: Naming, limit: string): string {
  return shellLine(naming.by === '--limit' ? limited(argv, limit) : named(argv, naming.pattern, limit));
}

// Where an earlier --limit is spelt in yet another way it may stay: the last one counts.
const limited = (args: readonly string[], limit: string): readonly string[] => [
  ...args.filter((it, i) => !/^(-l|--limit)(=.*)?$/.test(it) && !/^(-l|--limit)$/.test(args[i - 1] ?? '')),
  '--limit',
  limit,
];

function named(args: readonly string[], pattern: string | undefined, limit: string): readonly string[] {
  const places = args.flatMap((it, i) => (it === pattern && i > 0 ? [i] : []));
  const at = places.find((i) => !args[i - 1]?.startsWith('-')) ?? places.at(-1);
  return args.map((it, i) => (i === at ? limit : it));
}
