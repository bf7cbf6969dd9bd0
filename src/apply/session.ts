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

/** What the supervisor is made of; recovery at boot runs the same text. */
const supervisor = () =>
  [
    '#!/bin/sh',
    'LC_ALL=C',
    'export LC_ALL',
    'umask 022',
    shellSource('resources/unit.observe.sh'),
    shellSource('bind/health.sh'),
    shellSource('apply/transaction.sh'),
  ].join('\n');

/** A heredoc that writes bytes to a path: data never becomes code, whatever it holds. */
function put(path: string, bytes: Buffer | string): string {
  const text = Buffer.from(bytes).toString('base64').replace(/.{1,76}/g, '$&\n');
  return `base64 -d >${shQuote(path)} <<'EOF'\n${text}EOF`;
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
  const profiles = plan.changes.flatMap((it) => (it.change === 'profile' ? [it.name] : []));
  const meta = [
    ['id', id],
    ['who', request.who],
    ['commit', request.commit],
    ['version', request.version],
    ['baseline', request.baseline],
    ['profiles', profiles.map((it) => it.replace(/[.[\]{}()*+?^$|\\]/g, '\\$&')).join('|')],
  ];
  return [
    ...prologue(folder),
    put(`${folder}/manifest`, lines.map((line) => `${line}\n`).join('')),
    put(`${folder}/meta`, meta.map(([key, it]) => `${key}\t${it}\n`).join('')),
    put(`${folder}/run.sh`, supervisor()),
    put(`${folder}/recover.service`, shellSource('apply/recover.service')),
    ...[...files].map(([node, bytes]) => put(`${folder}/new/${node}`, bytes)),
    follow(folder, id, 'run', request.deadline),
  ].join('\n');
}

const prologue = (folder: string) => [
  'LC_ALL=C; export LC_ALL',
  'umask 077',
  `mkdir -p ${shQuote(`${folder}/new`)} || exit 1`,
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
    `rm -f ${shQuote(`${folder}/outcome`)}`,
    follow(folder, id, action, deadline),
  ].join('\n');
}
