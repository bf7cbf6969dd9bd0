import { randomBytes } from 'node:crypto';
import { shellSource } from '../observe/observe.ts';
import type { HostPlan } from '../plan/types.ts';
import { shQuote } from '../transport/quote.ts';
import { manifest } from './manifest.ts';

/** Who asks for a transaction, and what it is allowed to do. */
export interface Request {
  /** `user@machine`, for the lock's message and the outcome. */
  readonly who: string;
  /** The Git commit of the playbooks; empty where there is none. */
  readonly commit: string;
  readonly version: string;
  /** Whether the host refuses where nothing answers before the change. */
  readonly baseline: 'required' | 'waived';
  /** Seconds after which the host ends the transaction by itself, and undoes it. */
  readonly deadline: number;
}

/** A supervisor as one text; recovery at boot runs the same. */
const supervisor = (...sources: readonly string[]) =>
  ['#!/bin/sh', 'LC_ALL=C', 'export LC_ALL', 'umask 022', ...sources.map(shellSource)].join('\n');

/** A heredoc that writes bytes to a path: data never becomes code, whatever it holds. */
function put(path: string, bytes: Buffer | string): string {
  const text = Buffer.from(bytes)
    .toString('base64')
    .replace(/.{1,76}/g, '$&\n');
  return `base64 -d >${shQuote(path)} <<'EOF' || no_room\n${text}EOF`;
}

/** A new name for a transaction; names sort by time. */
export const transactionId = (now = new Date()): string =>
  `${now.toISOString().replace(/[-:]|\.\d+/g, '')}-${randomBytes(3).toString('hex')}`;

const root = '/var/lib/confine';

/**
 * The script of one apply trip: puts the transaction's folder on the host, starts the supervisor detached
 * from the session, and follows its progress to the outcome.
 *
 * Its output: lines `progress<TAB>STEP<TAB>DETAIL` as they come, then `outcome…` lines as in the outcome
 * file, then `log<TAB>…` lines of a unit that did not start.
 */
export function applyTrip(plan: HostPlan, request: Request, id = transactionId()): string {
  const { lines, files } = manifest(plan);
  const folder = `${root}/transactions/${id}`;
  const profiles = new Set([
    ...plan.changes.flatMap((it) => (it.change === 'profile' ? [it.name] : [])),
    ...plan.expect.flatMap((it) => (it.is === 'confined' ? [it.profile] : [])),
  ]);
  const meta = metaFile(id, request, {
    baseline: request.baseline,
    profiles: [...profiles].map((it) => it.replace(/[.[\]{}()*+?^$|\\]/g, '\\$&')).join('|'),
  });
  return [
    ...prologue(folder),
    put(`${folder}/manifest`, lines.map((line) => `${line}\n`).join('')),
    put(`${folder}/meta`, meta),
    put(
      `${folder}/run.sh`,
      supervisor(
        'apply/supervisor.sh',
        'resources/unit.observe.sh',
        'bind/health.sh',
        'apply/transaction.sh',
      ),
    ),
    put(`${folder}/recover.service`, shellSource('apply/recover.service')),
    ...[...files].map(([node, bytes]) => put(`${folder}/new/${node}`, bytes)),
    follow(folder, id, 'run', request.deadline),
  ].join('\n');
}

/** The script that brings packages to a host: detached and locked as a transaction is, but forward only. */
export function packagesTrip(names: readonly string[], request: Request, id = transactionId()): string {
  const folder = `/run/confine/packages-${id}`;
  return [
    ...prologue(folder),
    put(`${folder}/names`, names.map((name) => `${name}\n`).join('')),
    put(`${folder}/meta`, metaFile(id, request, {})),
    put(`${folder}/run.sh`, supervisor('apply/supervisor.sh', 'apply/packages.sh')),
    follow(folder, id, 'run', 1800),
  ].join('\n');
}

function metaFile(id: string, request: Request, more: Readonly<Record<string, string>>): string {
  const { who, commit, version } = request;
  return Object.entries({ id, who, commit, version, ...more })
    .map(([key, it]) => `${key}\t${it.replace(/[\t\n]/g, ' ')}\n`)
    .join('');
}

const prologue = (folder: string) => [
  'LC_ALL=C; export LC_ALL',
  'umask 077',
  `no_room() {
  rm -rf ${shQuote(folder)}
  rmdir ${shQuote(folder.slice(0, folder.lastIndexOf('/')))} /var/lib/confine 2>/dev/null
  printf 'outcome\\trefused\\nreason\\tcannot write to %s: no space left, or not writable\\n' ${shQuote(folder)}
  exit 0
}`,
  `mkdir -p ${shQuote(`${folder}/new`)} || no_room`,
];

function follow(folder: string, id: string, action: 'run' | 'recover' | 'undo', deadline: number): string {
  return [
    shellSource('apply/follow.sh'),
    `follow ${shQuote(folder)} ${shQuote(id)} ${action} ${deadline}`,
    '',
  ].join('\n');
}

/** The script that finishes an interrupted transaction backwards, or takes back a committed one. */
export function backTrip(folder: string, action: 'recover' | 'undo', deadline = 300): string {
  const id = folder.slice(folder.lastIndexOf('/') + 1);
  return [
    'LC_ALL=C; export LC_ALL',
    `[ -e ${shQuote(`${folder}/run.sh`)} ] || { printf 'outcome\\trefused\\nreason\\tno such transaction\\n'; exit 0; }`,
    `rm -f ${shQuote(action === 'undo' ? `${folder}/undo` : `${folder}/outcome`)}`,
    `: >${shQuote(`${folder}/progress`)}`,
    follow(folder, id, action, deadline),
  ].join('\n');
}
