import { dirname, resolve } from 'node:path';
import type { HostName } from '../brand.ts';
import { loadVarsFolders } from '../inventory/folders.ts';
import { limitTerms, matchHosts } from '../inventory/patterns.ts';
import type { Host, Inventory, Vars, VarsFolders } from '../inventory/types.ts';
import { hostLayers, magicVars } from '../inventory/vars.ts';
import type { Availability, HostRollout } from '../rollout/types.ts';
import { readText } from '../yaml/read.ts';
import { findingAt, namedSpot, type Spot } from '../yaml/spot.ts';
import { availabilityOf } from './availability.ts';
import { checkPlays } from './check.ts';
import { mergeConfirm, resolveConfirm, type Confirm } from './confirm.ts';
import { createFindings, type Findings } from './findings.ts';
import type { LoadedPlay, LoadedTask } from './loaded.ts';
import { validateOnce, type validateParams } from './params.ts';
import { anyHoldsTemplate, prepare, type Prepared } from './prepare.ts';
import { checkWaves, hostRollout, type LoadedRollout } from './rollout.ts';
import { createScope, type Scope } from './scope.ts';
import { loadTemplates } from './template.ts';
import type { Compile, CompiledTask, CompileInput, ExcludedTask, HostTasks, RunPlay } from './types.ts';
import { combine, decide } from './when.ts';

/** Turns playbooks and an inventory into the tasks of every host, without asking any host. */
export const compile: Compile = async (input) => {
  const findings = createFindings();
  const { inventory } = input;
  const prepared = await prepare(input, findings, inventoryVars(inventory));
  checkPlays(prepared, findings);

  const folders = foldersBeside(inventory, findings);
  const besides = prepared.plays.map((play) => folders(play.file));
  const templated = besides.flatMap((b) => [...b.groups.values(), ...b.hosts.values()]);
  const templates = prepared.templates ?? (anyHoldsTemplate(templated) ? await loadTemplates() : undefined);
  const run: Run = {
    ...prepared,
    templates,
    inventory,
    findings,
    validate: validateOnce(),
    last: new Map(),
  };

  const limit = limitedTo(input, findings);
  const hosts = new Map<HostName, DraftHost>();
  for (const [i, play] of prepared.plays.entries()) {
    const beside = besides[i] ?? folders(play.file);
    const all = hostsOf(run, play);
    if (play.rollout) checkWaves(play.rollout, all, inventory, findings);
    for (const host of all) {
      if (limit !== undefined && !limit.has(host.name)) continue;
      compilePlay(run, play, host, beside, hosts);
    }
  }
  if (hosts.size === 0 && findings.isEmpty()) reportNoHosts(input, prepared.plays, findings);
  findings.reject(hosts.size);
  return finish([...hosts.values()]);
};

interface Run extends Prepared {
  readonly inventory: Inventory;
  readonly findings: Findings;
  readonly validate: typeof validateParams;
  /** The task of the host before: most hosts of a play share it. */
  readonly last: Map<LoadedTask, CompiledTask>;
}

interface DraftHost {
  readonly host: Host;
  readonly plays: RunPlay[];
  readonly vars: Scope;
  readonly availability: Availability;
  readonly tasks: CompiledTask[];
  readonly excluded: ExcludedTask[];
  confirm: Confirm | undefined;
  rollout: HostRollout | undefined;
}

function inventoryVars(inventory: Inventory): Vars[] {
  const inline = [...inventory.groups.values(), ...inventory.hosts.values()].map((owner) => owner.vars);
  return [...inline, ...inventory.files.flatMap((it) => [...it.groups.values(), ...it.hosts.values()])];
}

/** group_vars/ and host_vars/ beside a playbook, read once a folder. */
function foldersBeside(inventory: Inventory, findings: Findings): (playbook: string) => VarsFolders {
  const known = new Map<string, VarsFolders>();
  return (playbook) => {
    const place = resolve(dirname(playbook));
    let folders = known.get(place);
    if (folders === undefined) {
      const names = { groups: inventory.groups.keys(), hosts: inventory.hosts.keys() };
      // Playbooks serve several inventories, so files for other groups are no mistake here.
      folders = loadVarsFolders(dirname(playbook), names, { error: findings.report, warn: () => undefined });
      known.set(place, folders);
    }
    return folders;
  };
}

function limitedTo(input: CompileInput, findings: Findings): ReadonlySet<HostName> | undefined {
  const { limit, limitedBy = '--limit', inventory } = input;
  if (limit === undefined) return undefined;
  const terms = findings.attempt(() => limitTerms(limit, readText, limitedBy));
  if (terms === undefined) return undefined;
  const { hosts, problems } = matchHosts(inventory, terms);
  for (const { message, hint } of problems) findings.report(findingAt(namedSpot(limitedBy), message, hint));
  return new Set(hosts.map((host) => host.name));
}

/** The hosts of a play before --limit. Its pattern may use play variables and `-e`. */
function hostsOf(run: Run, play: LoadedPlay): readonly Host[] {
  const scope = createScope([play.vars, run.extra], run.templates, 'closed');
  const patterns = play.hosts.flatMap(({ text, spot }) => {
    const filled = run.findings.attempt(() => scope.fillIn(text, (_, find) => spot(find)));
    return filled === undefined ? [] : [filled].flat().map(String);
  });
  if (patterns.length < play.hosts.length) return [];
  const { hosts, problems } = matchHosts(run.inventory, patterns);
  for (const { term, message, hint } of problems)
    run.findings.report(findingAt(spotOfTerm(play, term), message, hint));
  return problems.length > 0 ? [] : hosts;
}

function spotOfTerm(play: LoadedPlay, term: string): Spot {
  const owner = play.hosts.find(({ text }) => text.includes(term)) ?? play.hosts[0];
  return owner === undefined ? namedSpot(play.file) : owner.spot(term);
}

function compilePlay(
  run: Run,
  play: LoadedPlay,
  host: Host,
  beside: VarsFolders,
  hosts: Map<HostName, DraftHost>,
): void {
  const { inventory, extra, templates, findings } = run;
  const own = hostLayers(inventory, host, beside);
  const magic = magicVars(inventory, host, resolve(dirname(play.file)));
  let draft = hosts.get(host.name);
  if (draft === undefined) {
    const vars = createScope([...own, extra, magic], templates, 'closed');
    const availability = availabilityOf(host.name, vars, findings);
    const nothing = { plays: [], tasks: [], excluded: [], confirm: undefined, rollout: undefined };
    draft = { host, vars, availability, ...nothing };
    hosts.set(host.name, draft);
  }
  draft.plays.push(play.run);
  const shared = createScope([...own, play.vars, extra, magic], templates, 'closed');
  if (play.confirm !== undefined) {
    const confirm = resolveConfirm(play.confirm, host.name, inventory, peerVars(run, beside), run.findings);
    draft.confirm = mergeConfirm(host.name, draft.confirm, confirm, run.findings);
  }
  const { tasks, excluded } = draft;
  const compiled = tasks.length;
  const before = compiled + excluded.length;
  for (const task of play.tasks) {
    const scope =
      task.vars.size === 0
        ? shared
        : createScope([...own, play.vars, task.vars, extra, magic], templates, 'closed');
    compileTask(run, play, task, scope, draft);
  }
  if (play.rollout === undefined) return;
  const isWhole = tasks.length + excluded.length === before + play.tasks.length;
  addRollout(
    play.rollout,
    draft,
    hostRollout(play.rollout, host.name, draft.availability, tasks.slice(compiled), isWhole, findings),
    findings,
  );
}

function addRollout(
  loaded: LoadedRollout,
  draft: DraftHost,
  rollout: HostRollout | undefined,
  findings: Findings,
): void {
  if (draft.rollout === undefined) {
    draft.rollout = rollout;
    return;
  }
  findings.report(
    findingAt(
      loaded.spotOf([]),
      `a host is in one rollout at a time, and that of "${draft.rollout.spec.name}" has it already`,
      'leave the host out of one of the two plays',
    ),
    draft.host.name,
  );
}

/** The variables of a host that a play names beside its own. */
const peerVars =
  ({ inventory, extra, templates }: Run, beside: VarsFolders) =>
  (name: HostName): Scope => {
    const host = inventory.hosts.get(name);
    const own =
      host === undefined ? [] : [...hostLayers(inventory, host, beside), extra, magicVars(inventory, host)];
    return createScope(own, templates, 'closed');
  };

function compileTask(run: Run, play: LoadedPlay, task: LoadedTask, scope: Scope, draft: DraftHost): void {
  const { findings, templates } = run;
  const host = draft.host.name;
  const index = draft.tasks.length + draft.excluded.length;
  const decisions = findings.attempt(
    () => task.conditions.map((condition) => decide(condition, scope, templates)),
    host,
  );
  const when = decisions === undefined ? undefined : combine(task.conditions, decisions);
  if (when?.is === 'no') {
    draft.excluded.push({ ...placeOf(play, task), index, reason: when.reason });
    return;
  }
  const filled = findings.attempt(
    () => scope.fillIn(task.params, (path, find) => task.spotOf(path, 'value', find)),
    host,
  );
  if (filled === undefined || when === undefined) return;
  const validated = run.validate(task, filled, scope);
  if (validated.is === 'invalid') {
    for (const finding of validated.findings) findings.report(finding, host);
    return;
  }
  const { params } = validated;
  const last = run.last.get(task);
  if (when.is === 'yes' && last?.when.is === 'yes' && last.index === index && last.params === params) {
    draft.tasks.push(last);
    return;
  }
  const compiled: CompiledTask = {
    ...placeOf(play, task),
    index,
    params,
    positionOf: (path) => task.spotOf(path).at,
    spotOf: (path, which) => task.spotOf(path, which),
    tags: task.tags,
    selected: run.isSelected(task),
    when,
    become: task.become ?? play.become,
  };
  run.last.set(task, compiled);
  draft.tasks.push(compiled);
}

function placeOf(play: LoadedPlay, task: LoadedTask): Pick<CompiledTask, 'name' | 'module' | 'at' | 'play'> {
  return { name: task.name, module: task.module.name, at: task.at, play: play.name };
}

function reportNoHosts(input: CompileInput, plays: readonly LoadedPlay[], findings: Findings): void {
  if (input.limit !== undefined) {
    const { limit, limitedBy = '--limit' } = input;
    findings.report(findingAt(namedSpot(limitedBy), `"${limit}" leaves no host of these plays`));
    return;
  }
  for (const play of plays) {
    const [hosts] = play.hosts;
    if (hosts !== undefined) findings.report(findingAt(hosts.spot(), `"${hosts.text}" has no hosts`));
  }
}

function finish(drafts: readonly DraftHost[]): HostTasks[] {
  let last: readonly CompiledTask[] = [];
  return drafts.map(({ host, plays, vars, availability, tasks, excluded, confirm, rollout }) => {
    // Hosts with the same tasks share the list, so that who looks at it can look once.
    const isSame = tasks.length === last.length && tasks.every((task, i) => task === last[i]);
    last = isSame ? last : tasks;
    const wishes = tasks.filter((task) => task.selected).map((task) => task.become);
    const become = wishes.includes(true) ? true : wishes.includes(false) ? false : undefined;
    const { name, groups } = host;
    return { host: name, plays, groups, vars, availability, tasks: last, excluded, become, confirm, rollout };
  });
}
