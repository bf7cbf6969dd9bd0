import type { Diagnostic } from '../errors.ts';
import type { HostFacts } from '../observe/host.ts';
import { environment, splitWords } from '../resources/exec.ts';
import { isManaged } from '../resources/unit-file.ts';
import { isUnitFile, type Unit as HostUnit, type UnitPart } from '../resources/unit.ts';
import { lintUnits } from './lint.ts';
import { silence } from './silence.ts';
import { fileSource, unitOf, type Unit } from './unit.ts';

/**
 * What the rules about units find in the files that a host has, the gravest first. It was there before confine, so
 * it is a warning, whatever its rule says of files that are still to come.
 * @param written paths that tasks write: what stands there is about to go
 */
export function lintHostUnit(
  unit: HostUnit,
  facts: Pick<HostFacts, 'cores' | 'architecture' | 'version'>,
  written: ReadonlySet<string> = new Set(),
): readonly Diagnostic[] {
  const judged = lintUnits([unitOn(unit, facts, written)]);
  const texts = new Map(unit.parts.map((it) => [it.path, it.content]));
  const { errors, warnings } = silence(judged, texts);
  return [...errors, ...warnings].filter(({ rule }) => facts.version !== '13' || rule !== 'newer-than-252');
}

/** The unit of a host, with its own package's file in place of the one that is taken for granted offline. */
function unitOn(
  unit: HostUnit,
  { cores, architecture }: Pick<HostFacts, 'cores' | 'architecture'>,
  written: ReadonlySet<string>,
): Unit {
  const files = unit.parts.filter(isUnitFile);
  const isOwn = ({ path, content }: UnitPart): boolean =>
    !/^\/((usr\/)?lib|run\/systemd\/generator[.a-z]*)\//.test(path) &&
    !written.has(path) &&
    !isManaged(content);
  const sources = files.map((it) => fileSource(it.path, it.content, isOwn(it)));
  return {
    ...unitOf(unit.name, sources),
    host: {
      options: splitWords(environment(unit.parts, 'OPTIONS')),
      cores,
      architecture,
    },
  };
}

/** A finding on a host as one line of text: its place, what and why, and the next step. */
export const hostFindingText = ({ at, message, hint }: Diagnostic): string =>
  `${at.file}:${at.line}: ${message}${hint === undefined ? '' : `; ${hint}`}`;
