import { randomBytes } from 'node:crypto';
import { keyedText } from '../observe/keyed.ts';
import { shellSource } from '../observe/observe.ts';
import { inverse } from '../plan/inverse.ts';
import type { HostPlan } from '../plan/types.ts';
import { statePath } from '../rollout/state.ts';
import { shQuote } from '../quote.ts';
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
  /** Seconds that the host waits for the word from outside, where it is to wait for one. */
  readonly confirm?: number;
  /** The transaction makes a hold: what it changes stays away from the playbook on purpose. */
  readonly hold?: NewHold;
  /** Seconds that the host watches itself afterwards, and goes back by itself where that is not quiet; or it ends that. */
  readonly watch?: number | 'over';
}

/**
 * Kinds of holds that a command makes: what somebody did then, in a word, and whether zones prove its begin and its
 * end. An audit goes on whatever named does, since it changes no rule, and a server in trouble is what it is for.
 */
export const holdKinds = {
  relax: { did: 'relaxed', proven: true },
  audit: { did: 'audited', proven: false },
} as const;

/** A hold to be made. */
export interface NewHold {
  readonly kind: keyof typeof holdKinds;
  readonly why: string;
  readonly mechanisms: readonly string[];
  /** Profiles besides those that the transaction loads. */
  readonly profiles: readonly string[];
  /** Seconds after which the host takes the transaction back by itself; undefined for no end. */
  readonly seconds: number | undefined;
  /** Bytes of audit records after which it does so earlier. */
  readonly bytes?: number;
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

/** Where a transaction is on its host. */
export const transactionFolder = (id: string): string => `${root}/transactions/${id}`;

/**
 * The script of one apply trip: puts the transaction's folder on the host, starts the supervisor detached
 * from the session, and follows its progress to the outcome.
 *
 * Its output: lines `progress<TAB>STEP<TAB>DETAIL` as they come, then `outcome…` lines as in the outcome
 * file, then `log<TAB>…` lines of a unit that did not start.
 */
export function applyTrip(plan: HostPlan, request: Request, id = transactionId()): string {
  const folder = transactionFolder(id);
  const { hold, confirm, watch } = request;
  return [
    ...prologue(folder),
    ...putPlan(folder, plan, [
      ...(hold ? [`hold\t${id}\t${hold.seconds ?? '-'}\t${hold.bytes ?? '-'}`] : []),
      ...(watch === undefined ? [] : [watch === 'over' ? 'unwatch\t-' : `watching\t${watch}`]),
    ]),
    put(
      `${folder}/meta`,
      metaFile({
        id,
        ...whoAsks(request),
        ...terms(plan, request.baseline, hold),
        ...(confirm && { confirm: `${confirm}` }),
      }),
    ),
    put(
      `${folder}/run.sh`,
      supervisor(
        'observe/lock.observe.sh',
        'apply/supervisor.sh',
        'apply/apart.sh',
        'resources/unit.observe.sh',
        'bind/start.sh',
        'bind/health.sh',
        'bind/load.sh',
        'bind/statements.sh',
        'apparmor/stage.sh',
        'apply/hold.sh',
        'apply/nodes.sh',
        'apply/profiles.sh',
        'apply/rehearsal.sh',
        'apply/units.sh',
        'apply/proof.sh',
        'apply/confirm.sh',
        'apply/watch.sh',
        'apply/recover.sh',
        'apply/transaction.sh',
      ),
    ),
    put(`${folder}/recover.service`, shellSource('apply/recover.service')),
    ...(hold ? putHold(folder, id, plan, request, hold) : []),
    ...(typeof watch === 'number' ? putWatch(folder, id, plan, request) : []),
    follow(folder, id, 'run', request.deadline + (confirm ?? 0), request.who),
  ].join('\n');
}

/** A plan's changes and the bytes that they put in place. */
function putPlan(folder: string, plan: HostPlan, more: readonly string[]): string[] {
  const { lines, files } = manifest(plan);
  return [
    put(`${folder}/manifest`, [...lines, ...more].map((line) => `${line}\n`).join('')),
    ...[...files].map(([node, bytes]) => put(`${folder}/new/${node}`, bytes)),
  ];
}

/**
 * The transaction by which a watched host goes back, ready to be run. The state of the rollout is the host's to write;
 * it may be that no zone answers any more, which is no reason to stay.
 */
function putWatch(folder: string, id: string, plan: HostPlan, request: Request): string[] {
  const back = inverse({
    ...plan,
    changes: plan.changes.filter((it) => it.change !== 'file' || it.path !== statePath),
  });
  const who = `the watch of what ${request.who} enforced`;
  return [
    `mkdir -p ${shQuote(`${folder}/end/new`)} || no_room`,
    ...putPlan(`${folder}/end`, back, [`release\t${id}\tcloses`, 'unwatch\t-']),
    put(
      `${folder}/end/meta`,
      metaFile({ ...whoAsks(request), who, baseline: 'waived', profiles: '', wait: patience.wait }),
    ),
  ];
}

/** What a hold says of itself, and the transaction that ends it, ready to be run. */
function putHold(folder: string, id: string, plan: HostPlan, request: Request, hold: NewHold): string[] {
  const { did, proven } = holdKinds[hold.kind];
  const back = inverse(plan);
  const end = proven ? back : { ...back, expect: [] };
  const files = plan.changes.flatMap((it) => (it.change === 'file' ? [it.path] : []));
  const profiles = new Set([...hold.profiles, ...profilesOf(plan)]);
  const who = `the end of what ${request.who} ${did}`;
  const lines: readonly (readonly [string, string])[] = [
    ['version', '1'],
    ['kind', hold.kind],
    ['who', request.who],
    ['why', hold.why],
    ...hold.mechanisms.map((it) => ['mechanism', it] as const),
    ...files.map((it) => ['file', it] as const),
    ...[...profiles].map((it) => ['profile', it] as const),
  ];
  return [
    `mkdir -p ${shQuote(`${folder}/end/new`)} || no_room`,
    ...putPlan(`${folder}/end`, end, [`release\t${id}\tcloses`]),
    put(
      `${folder}/end/meta`,
      metaFile({ ...whoAsks(request), who, ...terms(end, 'required', hold), ...patience }),
    ),
    put(`${folder}/hold`, keyedText(lines)),
  ];
}

/** Seconds. Nobody waits for the end of a hold: it waits for the lock, and for zones that a boot still loads. */
const patience = { wait: '600', patience: '60' };

/** The script that ends a hold now, and follows that to its outcome. */
export function endTrip(hold: string, request: Request, id = transactionId()): string {
  const [made, folder] = [transactionFolder(hold), transactionFolder(id)];
  const meta = metaFile({ id, ...whoAsks(request), baseline: request.baseline });
  return [
    ...prologue(folder),
    `cp -a ${shQuote(`${made}/end/.`)} ${shQuote(folder)} && cp -p ${shQuote(`${made}/run.sh`)} ${shQuote(`${made}/recover.service`)} ${shQuote(folder)} || no_room`,
    put(`${folder}/meta`, meta),
    `grep '^profiles' ${shQuote(`${made}/end/meta`)} >>${shQuote(`${folder}/meta`)}`,
    follow(folder, id, 'run', request.deadline, request.who),
  ].join('\n');
}

/** The script that brings packages to a host: detached and locked as a transaction is, but forward only. */
export function packagesTrip(names: readonly string[], request: Request, id = transactionId()): string {
  const folder = `/run/confine/packages-${id}`;
  return [
    ...prologue(folder),
    put(`${folder}/names`, names.map((name) => `${name}\n`).join('')),
    put(`${folder}/meta`, metaFile({ id, ...whoAsks(request) })),
    put(
      `${folder}/run.sh`,
      supervisor('observe/lock.observe.sh', 'apply/supervisor.sh', 'apply/packages.sh'),
    ),
    follow(folder, id, 'run', 1800, request.who),
  ].join('\n');
}

const whoAsks = ({ who, commit, version }: Request) => ({ who, commit, version });

const profilesOf = (plan: HostPlan): readonly string[] =>
  plan.changes.flatMap((it) => (it.change === 'profile' ? [it.name] : []));

/** What a transaction goes by: whether zones have to answer before it, and whose denials count. */
const terms = (plan: HostPlan, baseline: Request['baseline'], hold?: NewHold) =>
  hold && !holdKinds[hold.kind].proven
    ? { baseline: 'waived', profiles: '' }
    : { baseline, profiles: deniers(plan) };

const deniers = (plan: HostPlan): string =>
  [
    ...new Set([
      ...profilesOf(plan),
      ...plan.expect.flatMap((it) => (it.is === 'confined' ? [it.profile] : [])),
    ]),
  ]
    .map((it) => it.replace(/[.[\]{}()*+?^$|\\]/g, '\\$&'))
    .join('|');

const metaFile = (fields: Readonly<Record<string, string>>): string => keyedText(Object.entries(fields));

const prologue = (folder: string) => [
  'LC_ALL=C; export LC_ALL',
  'umask 077',
  shellSource('apply/told.sh'),
  `no_room() {
  discard ${shQuote(folder)}
  printf 'outcome\\trefused\\nreason\\tcannot write to %s: no space left, or not writable\\n' ${shQuote(folder)}
  exit 0
}`,
  `mkdir -p ${shQuote(`${folder}/new`)} || no_room`,
];

/** @param who whose name the lock gets; undefined for who began the transaction */
function follow(
  folder: string,
  id: string,
  action: 'run' | 'recover' | 'undo',
  deadline: number,
  who?: string,
): string {
  return [
    ...(who === undefined
      ? []
      : [shellSource('apply/asker.sh'), `asker ${shQuote(who)} >${shQuote(`${folder}/asker`)}`]),
    shellSource('apply/apart.sh'),
    shellSource('apply/follow.sh'),
    `follow ${shQuote(folder)} ${shQuote(id)} ${action} ${deadline}`,
    '',
  ].join('\n');
}

/**
 * The script that waits until nobody holds the host's lock, and says who does where somebody still does in the end.
 * It waits in its session, so that nothing of it stays on the host when the controller goes away.
 * @param seconds how long it waits
 */
export const awaitTrip = (seconds: number): string =>
  [
    ...['observe/lock.observe.sh', 'apply/supervisor.sh', 'apply/await.sh'].map(shellSource),
    `await_lock ${seconds}`,
    '',
  ].join('\n');

/**
 * The script that finishes an interrupted transaction backwards, or takes back a committed one.
 * @param who who takes it back
 */
export function backTrip(folder: string, action: 'recover' | 'undo', who?: string, deadline = 600): string {
  const id = folder.slice(folder.lastIndexOf('/') + 1);
  // One that is recovered may have come to its end by itself meanwhile: nothing of it is touched from outside.
  const anew = [`rm -f ${shQuote(`${folder}/undo`)}`, `true >${shQuote(`${folder}/progress`)}`];
  return [
    'LC_ALL=C; export LC_ALL',
    `[ -e ${shQuote(`${folder}/run.sh`)} ] || { printf 'outcome\\trefused\\nreason\\tno such transaction\\n'; exit 0; }`,
    ...(action === 'undo' ? anew : []),
    follow(folder, id, action, deadline, who),
  ].join('\n');
}

/** The script that notes on a host that somebody was told how these transactions ended. */
export const toldTrip = (folders: readonly string[]): string =>
  [shellSource('apply/told.sh'), ...folders.map((it) => `told ${shQuote(it)}`)].join('\n');
