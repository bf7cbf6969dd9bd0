import { absent, value } from '../observe/observation.ts';
import { Refusal, type FileDesire, type Located } from './file.ts';
import { effectiveSettings, renderUnitFile, type UnitSettings } from './unit-file.ts';
import { keysSince } from './unit-keys.ts';
import type { Unit } from './unit.ts';

/**
 * A drop-in of a unit with these settings, or its absence.
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
  const content = Buffer.from(renderUnitFile(settings));
  return { ...base, want: value({ is: 'file', content, mode: '0644', owner: 'root', group: 'root' }) };
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
