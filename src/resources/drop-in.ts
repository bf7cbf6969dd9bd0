import { absent, value, type Known, type Observation } from '../observe/observation.ts';
import { ownedByRoot, Refusal, type FileDesire, type Located, type Node } from './file.ts';
import {
  effectiveSettings,
  isManaged,
  makesSettings,
  renderUnitFile,
  type UnitSettings,
} from './unit-file.ts';
import { keysSince } from './unit-keys.ts';
import type { Unit } from './unit.ts';

/**
 * A drop-in of a unit with these settings, or its absence. One that others wrote and that makes just these is left alone.
 * @throws {Refusal} where one of them would have no effect: the host's systemd does not know it, or a later file undoes it
 */
export function dropInDesire(unit: Unit, seen: Located, settings: UnitSettings | undefined): FileDesire {
  const base = { resource: 'file', path: seen.path, seen: seen.node } as const;
  if (settings === undefined) return { ...base, want: absent };
  refuseUnknown(unit, settings);
  const [override] = effectiveSettings(unit.parts, { path: seen.path, settings });
  if (override)
    throw new Refusal(
      'conflict',
      `${override.path}:${override.line} is read after ${seen.path} and sets ${override.key}=${override.value}, so this task’s ${override.key} would have no effect`,
      `remove that line, or give this drop-in a name that sorts behind it`,
    );
  const theirs = adopted(seen.node, settings);
  if (theirs) return { ...base, want: theirs };
  const content = Buffer.from(renderUnitFile(settings));
  return { ...base, want: value({ is: 'file', content, mode: '0644', owner: 'root', group: 'root' }) };
}

/** The file of other hands that says the same stays as it is, with its comments: only root may write it. */
function adopted(seen: Observation<Node>, settings: UnitSettings): Known<Node> | undefined {
  if (seen.is !== 'value' || seen.value.is !== 'file' || !ownedByRoot(seen.value)) return undefined;
  const text = seen.value.content.toString('utf8');
  return !isManaged(text) && makesSettings(text, settings) ? seen : undefined;
}

/** systemd starts a unit without a setting that it does not know, with a line in the journal only. */
function refuseUnknown({ systemd }: Unit, settings: UnitSettings): void {
  const keys = Object.values(settings)
    .flatMap((it) => Object.keys(it))
    .map((key) => ({ key, since: keysSince.get(key) ?? 0 }))
    .filter(({ since }) => since > (systemd ?? 0));
  const [first] = keys;
  if (first === undefined) return;
  if (systemd === undefined)
    throw new Refusal(
      'error',
      `nothing says which systemd this host has, so ${first.key}= might have no effect (it takes systemd ${first.since})`,
      'see what systemctl --version says there',
    );
  const names = keys.map(({ key, since }) => `${key}= (it takes ${since})`).join(', ');
  throw new Refusal(
    'error',
    `systemd ${systemd} of this host does not know ${names}, and would start the unit without`,
    'leave that out for this host, by a variable or with when; or give it a newer systemd',
  );
}
