import { dirname, isAbsolute, join } from 'node:path';
import { InputError, type Diagnostic } from '../errors.ts';
import { loadVars } from '../inventory/folders.ts';
import type { Vars } from '../inventory/types.ts';
import { overlay } from '../inventory/vars.ts';
import { variablesOf } from '../inventory/variable.ts';
import { isTypeScript } from '../typescript/import.ts';
import { diagnose } from '../yaml/diagnose.ts';
import type { SourceFile } from '../yaml/load.ts';
import { readYaml } from '../yaml/read.ts';
import { findingAt } from '../yaml/spot.ts';
import { describe, isMapping } from '../yaml/values.ts';
import { loadConfirm } from './confirm.ts';
import { Play, playKeys } from './format.ts';
import { habitHint } from './habits.ts';
import { loadTask } from './load-task.ts';
import type { LoadedPlay } from './loaded.ts';
import { loadRollout } from './rollout.ts';
import type { ModuleMap } from './spec.ts';
import type { Size } from './types.ts';

type Report = (finding: Diagnostic) => void;

type PartOfPlay = { readonly [K in keyof Play]?: Play[K] | undefined };

/** Reads the plays of a playbook. What is wrong with its shape is reported, and left out of the result. */
export async function loadPlaybook(
  path: string,
  modules: ModuleMap,
  report: Report,
): Promise<readonly LoadedPlay[]> {
  let doc: SourceFile;
  try {
    doc = isTypeScript(path)
      ? await (await import('../typescript/playbook.ts')).readTypeScript(path)
      : readYaml(path);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    for (const finding of error.diagnostics) report(finding);
    return [];
  }
  if (doc.empty) {
    report(findingAt(doc.spot([]), 'the playbook is empty', start(path)));
    return [];
  }
  const { value } = doc;
  if (!Array.isArray(value)) {
    report(
      findingAt(
        doc.spot([]),
        `a playbook is a list of plays, but this is ${describe(value)}`,
        noListHint(value, path),
      ),
    );
    return [];
  }
  if (value.length === 0) report(findingAt(doc.spot([]), 'the playbook has no plays', start(path)));
  return value.flatMap((play: unknown, i) => loadPlay(doc, i, play, modules, report) ?? []);
}

const start = (path: string): string =>
  isTypeScript(path)
    ? "start with export default definePlaybook([{ hosts: '…', tasks: [ … ] }])"
    : 'start with "- name: …", "hosts: …" and "tasks:"';

function noListHint(value: unknown, path: string): string {
  if (!isMapping(value) || isTypeScript(path)) return start(path);
  if (value['confine'] === 'plan') return 'it is a saved plan: confine apply takes it';
  return 'hosts' in value ? 'put "- " before the first key of the play' : start(path);
}

function loadPlay(
  doc: SourceFile,
  index: number,
  given: unknown,
  modules: ModuleMap,
  report: Report,
): LoadedPlay | undefined {
  const path = [index];
  if (!isMapping(given)) {
    report(findingAt(doc.spot(path), `a play must be a mapping, but is ${describe(given)}`));
    return undefined;
  }
  const parsed = Play.safeParse(given);
  if (!parsed.success) {
    const unknown = new Set(Object.keys(given).filter((key) => !playKeys.includes(key)));
    const findings = diagnose(parsed.error.issues, {
      value: given,
      schema: Play,
      spot: (inner, which) => doc.spot([...path, ...inner], which),
      raw: (inner) => doc.raw([...path, ...inner]),
      keyHint: (key) => (unknown.has(key) ? playKeyHint(key, modules) : undefined),
    });
    for (const finding of findings) report(finding);
  }
  const tasks = Array.isArray(given['tasks']) ? given['tasks'] : [];
  const loaded = tasks.flatMap(
    (task: unknown, i) => loadTask(doc, [...path, 'tasks', i], task, modules, report) ?? [],
  );
  const play = parsed.success ? parsed.data : usablePart(given);
  const name = play.name ?? `play ${index + 1} of ${doc.file}`;
  const rollout = loadRollout(play.rollout, name, (inner) => doc.spot([...path, 'rollout', ...inner]));
  const hosts = play.hosts === undefined ? [] : [play.hosts].flat();
  return {
    file: doc.file,
    name,
    at: doc.spot(path).at,
    hosts: hosts.map((text, i) => ({
      text,
      spot: (find) =>
        doc.spot([...path, 'hosts', ...(typeof play.hosts === 'string' ? [] : [i])], 'value', find),
    })),
    become: play.become,
    run: {
      name,
      serial: sizes(play.serial),
      maxFail: percent(play.max_fail_percentage),
      ...(rollout && { rollout: rollout.spec }),
    },
    rollout,
    confirm: loadConfirm(play.confirm, (inner) => doc.spot([...path, 'confirm', ...inner])),
    vars: overlay([
      variablesOf(doc, [...path, 'vars'], play.vars ?? {}, report),
      ...varsFiles(doc, path, play, report),
    ]),
    tasks: loaded,
  };
}

const sizes = (serial: Play['serial']): readonly Size[] =>
  (serial === undefined ? [] : [serial].flat()).map((it) =>
    typeof it === 'number' ? { is: 'hosts', hosts: it } : { is: 'percent', percent: Number.parseInt(it, 10) },
  );

const percent = (given: Play['max_fail_percentage']): number | undefined =>
  typeof given === 'string' ? Number.parseInt(given, 10) : given;

/** What of a wrong play is right, so that its tasks are checked, too, before everything is rejected. */
function usablePart(given: Readonly<Record<string, unknown>>): PartOfPlay {
  const part = Play.partial();
  const right = Object.entries(given).filter(([key, value]) => part.safeParse({ [key]: value }).success);
  return part.parse(Object.fromEntries(right));
}

function varsFiles(doc: SourceFile, path: readonly PropertyKey[], play: PartOfPlay, report: Report): Vars[] {
  return (play.vars_files ?? []).map((file, i) => {
    const full = isAbsolute(file) ? file : join(dirname(doc.file), file);
    const spot = doc.spot([...path, 'vars_files', i]);
    return loadVars(full, (finding) => {
      const unread = finding.source === undefined;
      report(unread ? findingAt(spot, `${finding.at.file}: ${finding.message}`, finding.hint) : finding);
    });
  });
}

function playKeyHint(key: string, modules: ModuleMap): string | undefined {
  if (modules.has(key)) return 'a module belongs into a task: put it under "tasks:"';
  return habitHint(key);
}
