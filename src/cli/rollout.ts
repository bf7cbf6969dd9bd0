import { randomBytes } from 'node:crypto';
import { InputError, UsageError, type ExitCode } from '../errors.ts';
import type { Request } from '../apply/session.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { gravest } from '../fleet/exit.ts';
import { abort, advance, pause, rolloutStatus, type RolloutResult } from '../fleet/rollout.ts';
import type { Rolled } from '../fleet/rollout-look.ts';
import type { Rollout, Step } from '../fleet/rollout-moves.ts';
import type { Located } from '../fleet/targets.ts';
import type { HostTasks } from '../playbook/types.ts';
import { rolloutExit } from '../rollout/summary.ts';
import { findingAt, namedSpot } from '../yaml/spot.ts';
import { commitOf } from './git.ts';
import { rolloutNext } from './next.ts';
import type { CommonOptions, RolloutAction } from './options.ts';
import { compileFor } from './compile.ts';
import { confirmation, named } from './confirmation.ts';
import { requestOf, running } from './session.ts';

type Confirmed = (question: string) => Promise<boolean>;

/** `confine rollout ACTION PLAYBOOK`: takes the hosts of a play from complain to enforce, wave by wave, on evidence. */
export async function rollout(
  action: RolloutAction,
  playbooks: readonly string[],
  options: CommonOptions,
): Promise<number> {
  if (options.limit !== undefined && action !== 'status')
    throw new UsageError(
      'a rollout is decided by all of its hosts, so --limit would have it judge by a part',
      'leave it out; confine rollout status takes it',
    );
  const confirmed = action === 'status' ? async () => true : confirmation(options, 'plan');
  const hosts = await compileFor(playbooks, options);
  if (!hosts.some((it) => it.rollout !== undefined))
    throw new InputError([
      findingAt(
        namedSpot(playbooks.join(' ')),
        'no play here has a rollout',
        'add "rollout: { waves: [1, 100%], soak: 3d }" to the play that enforces',
      ),
    ]);
  const commit = commitOf(playbooks);
  const request = requestOf(options, commit);
  let own: ExitCode = 0;
  return running(
    `rollout ${action}`,
    hosts.filter((it) => it.rollout !== undefined),
    options,
    async ({ fleet, located, ...asking }) => {
      const results: RolloutResult[] = [];
      for (const it of rolloutsOf(located, request.who)) {
        const result = await acted(action, fleet, it, request, (question) => confirmed(question, asking));
        const stands = { action, playbooks, profiles: profilesOf(it), ...result };
        fleet.emit({ event: 'rollout', summary: result.summary, next: rolloutNext(stands, options) });
        results.push(result);
      }
      own = gravest(results.map(({ summary }) => rolloutExit(summary)));
      return results.flatMap(({ outcomes }) => outcomes);
    },
    { commit, exit: () => own },
  );
}

const profilesOf = ({ hosts }: Rollout): readonly string[] => [
  ...new Set(hosts.map(({ it }) => it.rollout.profile)),
];

function acted(
  action: RolloutAction,
  fleet: Fleet,
  it: Rollout,
  request: Request,
  confirmed: Confirmed,
): Promise<RolloutResult> {
  const ask = (moves: Readonly<Record<Step, number>>) => confirmed(question(moves));
  switch (action) {
    case 'status':
      return rolloutStatus(fleet, it);
    case 'start':
    case 'advance':
      return advance(fleet, it, action, request, ask);
    case 'pause':
      return pause(fleet, it);
    case 'abort':
      return abort(fleet, it, () =>
        confirmed(`Take back rollout "${it.spec.name}" on ${named(it.hosts.map((one) => one.it))}?`),
      );
  }
}

function question({ enter, enforce, finish }: Readonly<Record<Step, number>>): string {
  const parts = [
    enter > 0 ? `have ${enter} soak in complain` : '',
    enforce > 0 ? `enforce on ${enforce}, and restart named there` : '',
    finish > 0 ? `finish ${finish}` : '',
  ].filter(Boolean);
  return `Of these hosts, ${parts.join('; ')}?`;
}

/** The rollouts of a run, each with its hosts in the order of its play. */
function rolloutsOf(located: readonly Located<HostTasks>[], who: string): readonly Rollout[] {
  const all = new Map<string, { spec: Rollout['spec']; hosts: Rolled[] }>();
  for (const { it, ...way } of located) {
    const { rollout } = it;
    if (rollout === undefined) continue;
    const known = all.get(rollout.spec.name) ?? { spec: rollout.spec, hosts: [] };
    known.hosts.push({ ...way, it: { ...it, rollout } });
    all.set(rollout.spec.name, known);
  }
  const me = { token: randomBytes(4).toString('hex'), who };
  return [...all.values()].map((it) => ({ ...it, me, now: () => Date.now() / 1000 }));
}
