import { createTwoFilesPatch } from 'diff';
import { editsFor, type ByHand, type Edit } from '../audit/edits.ts';
import { placeProposals, type Placed, type TasksOf } from '../audit/place.ts';
import type { HostDenials } from '../audit/propose.ts';
import type { ProfileName } from '../brand.ts';
import { Exit } from '../errors.ts';
import type { Event } from '../events.ts';
import type { Inventory } from '../inventory/types.ts';
import { notProposedText, rulesText } from '../report/proposal-text.ts';
import { readText } from '../yaml/read.ts';
import type { CommonOptions } from './options.ts';
import { paintOf, say, tell } from './say.ts';
import { replaceWhole } from './whole-file.ts';
import { compileFor } from './compile.ts';

/**
 * `confine denials --propose`: the least rules for what was denied, written into the playbooks' files, or, with no
 * playbook, printed. With --check, and with --json --check, nothing is written.
 * @returns the exit code: 10 where --detailed-exitcode asks for it and rules are proposed
 */
export function proposeOverrides(
  profile: ProfileName,
  hosts: readonly HostDenials[],
  tasksOf: TasksOf | undefined,
  options: CommonOptions,
): number {
  return tellProposals(profile, placeProposals(profile, hosts, tasksOf), options);
}

/** Writes proposals into their files, unless with --check, and tells them. @returns the exit code, as above */
export function tellProposals(
  profile: ProfileName,
  placed: readonly Placed[],
  options: CommonOptions,
): number {
  const { edits, byHand } = editsFor(profile, placed, readText);
  const write = options.check !== true;
  if (write) for (const it of edits) replaceWhole(it.file, it.after);
  if (options.json === true) tellMachines(placed, edits, byHand, write);
  else tellPeople(placed, edits, byHand, write, options);
  const proposed = placed.some((it) => it.proposal.rules.length > 0);
  return proposed && options.detailedExitcode === true ? Exit.pending : Exit.ok;
}

/** What playbooks say of each host; undefined where there are none. */
export async function tasksIn(
  playbooks: readonly string[],
  options: CommonOptions,
  inventory: Inventory,
): Promise<TasksOf | undefined> {
  if (playbooks.length === 0) return undefined;
  const compiled = new Map(
    (await compileFor(playbooks, options, inventory)).map((it) => [it.host, it.tasks]),
  );
  return (host) => compiled.get(host);
}

const diffOf = ({ file, before, after }: Edit) => createTwoFilesPatch(file, file, before, after);

function tellMachines(
  placed: readonly Placed[],
  edits: readonly Edit[],
  byHand: readonly ByHand[],
  written: boolean,
): void {
  const print = (event: Event) => tell(event, { json: true });
  for (const { place, hosts, proposal } of placed)
    print({
      event: 'proposal',
      schemaVersion: 1,
      profile: proposal.profile,
      hosts,
      at: place.is === 'nowhere' ? null : place.at,
      rules: proposal.rules,
      notProposed: proposal.not,
      covered: proposal.covered,
    });
  for (const it of edits) print({ event: 'playbook-changed', file: it.file, written, diff: diffOf(it) });
  for (const { placed: it, at, why, hint } of byHand)
    print({ event: 'by-hand', at: at ?? null, why, hint, rules: it.proposal.rules.map(({ text }) => text) });
}

function tellPeople(
  placed: readonly Placed[],
  edits: readonly Edit[],
  byHand: readonly ByHand[],
  written: boolean,
  options: CommonOptions,
): void {
  const paint = paintOf(options);
  for (const it of edits) {
    process.stdout.write(diffOf(it));
    say(`${it.file}: ${written ? 'rules added; look at the diff, then plan' : 'rules would be added'}`);
  }
  for (const { placed: it, at, why, hint } of byHand) {
    const where = at === undefined ? it.hosts.join(', ') : `${at.file}:${at.line}:${at.col}`;
    say(`${where}: ${why}\n  ${paint.dim('=')} ${hint}`);
    process.stdout.write(`${rulesText(it.proposal.rules).join('\n')}\n`);
  }
  for (const line of notProposedText(
    placed.flatMap((it) => it.proposal.not),
    paint,
  ))
    say(line);
  if (placed.every((it) => it.proposal.rules.length === 0)) say('no rules to propose');
}
