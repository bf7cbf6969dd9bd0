import { isDeepStrictEqual } from 'node:util';
import { AbsolutePath, type FileName, type UnitName } from '../brand.ts';
import { takesBoolean } from './unit-keys.ts';

export type SettingValue = string | number | boolean | readonly (string | number | boolean)[];
/** Settings of a unit by section and key; a list gives one line a value. */
export type UnitSettings = Readonly<Record<string, Readonly<Record<string, SettingValue>>>>;

/** One assignment in a unit file. Lines start at 1. */
export interface Assignment {
  readonly section: string;
  readonly key: string;
  readonly value: string;
  readonly line: number;
  /** Where it stands in the text: from its key up to the end of its last line. */
  readonly start: number;
  readonly end: number;
}

/** A line that is no assignment: the header of a section, or text without "=" that systemd ignores. */
export interface OtherLine {
  readonly is: 'section' | 'stray';
  readonly text: string;
  readonly start: number;
}

/** What a unit file holds, in the order of its lines. */
export interface UnitFile {
  readonly assignments: readonly Assignment[];
  readonly others: readonly OtherLine[];
}

/** Where systemd looks for the drop-ins of an administrator (systemd.unit(5), table 1). */
export const dropInPath = (unit: UnitName, name: FileName): AbsolutePath =>
  AbsolutePath.parse(`/etc/systemd/system/${unit}.d/${name}.conf`);

/** Reads the assignments of a unit file, with continued lines joined (systemd.syntax(7)). */
export const parseUnitFile = (content: string): readonly Assignment[] => readUnitFile(content).assignments;

/** Reads a unit file with all of its lines but comments. */
export function readUnitFile(content: string): UnitFile {
  const assignments: Assignment[] = [];
  const others: OtherLine[] = [];
  let section = '';
  let pending: { text: string; line: number; start: number } | undefined;
  let offset = 0;
  content.split('\n').forEach((raw, index) => {
    const line = raw.trim();
    const at = offset + raw.indexOf(line);
    offset += raw.length + 1;
    if (line.startsWith('#') || line.startsWith(';')) return;
    const { text: before, ...first } = pending ?? { text: '', line: index + 1, start: at };
    const text = before + line;
    if (text.endsWith('\\')) {
      pending = { text: `${text.slice(0, -1)} `, ...first };
      return;
    }
    pending = undefined;
    const header = /^\[(.+)\]$/.exec(text);
    const eq = text.indexOf('=');
    if (header) {
      section = header[1] ?? '';
      others.push({ is: 'section', text: section, start: first.start });
    } else if (eq > 0)
      assignments.push({
        section,
        key: text.slice(0, eq).trim(),
        value: text.slice(eq + 1).trim(),
        ...first,
        end: at + line.length,
      });
    else if (text !== '') others.push({ is: 'stray', text, start: first.start });
  });
  return { assignments, others };
}

const render = (value: string | number | boolean): string =>
  value === true ? 'yes' : value === false ? 'no' : String(value);

const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]) => (a < b ? -1 : 1);

const managedLine = '# Managed by confine: changes made here are undone by its next run.';

/** Whether confine wrote a file whole. */
export const isManaged = (content: string): boolean => content.startsWith('# Managed by confine');

/** The text of a drop-in that makes these settings. */
export function renderUnitFile(settings: UnitSettings): string {
  const sections = Object.entries(settings).map(([section, keys]) => {
    const lines = Object.entries(keys)
      .toSorted(byKey)
      .flatMap(([key, value]) =>
        (Array.isArray(value) ? value : [value]).map((it) => `${key}=${render(it)}`),
      );
    return [`[${section}]`, ...lines].join('\n');
  });
  return `${managedLine}\n${sections.join('\n\n')}\n`;
}

/** Settings whose every line adds to a list, and that an empty value resets (systemd.exec(5) and others). */
export const listSettings: ReadonlySet<string> = new Set(
  (
    'ReadWritePaths ReadOnlyPaths InaccessiblePaths ExecPaths NoExecPaths TemporaryFileSystem BindPaths ' +
    'BindReadOnlyPaths CapabilityBoundingSet AmbientCapabilities SystemCallFilter SystemCallArchitectures SystemCallLog ' +
    'RestrictAddressFamilies RestrictFileSystems RestrictNetworkInterfaces DeviceAllow Environment EnvironmentFile ' +
    'PassEnvironment UnsetEnvironment ExecStart ExecStartPre ExecStartPost ExecReload ExecStop ExecStopPost ExecCondition ' +
    'IPAddressAllow IPAddressDeny SocketBindAllow SocketBindDeny SupplementaryGroups RuntimeDirectory StateDirectory ' +
    'CacheDirectory LogsDirectory ConfigurationDirectory LoadCredential SetCredential After Before Wants Requires BindsTo ' +
    'PartOf Conflicts OnFailure OnSuccess Documentation RequiresMountsFor WantedBy RequiredBy Also Alias'
  ).split(' '),
);

/** A later assignment that undoes one of ours. */
export interface Override {
  readonly key: string;
  readonly path: string;
  readonly line: number;
  readonly value: string;
}

/**
 * Assignments in later files that make ours ineffective: a single value assigned again to another value, or
 * a list that is reset. Parts come in the order in which systemd reads them.
 * @param ours path of our own drop-in, and the settings it makes
 */
export function effectiveSettings(
  parts: readonly { readonly path: string; readonly content: string }[],
  ours: { readonly path: string; readonly settings: UnitSettings },
): Override[] {
  const name = (path: string) => path.slice(path.lastIndexOf('/') + 1);
  // Drop-ins are read in the order of their file names, wherever they lie (systemd.unit(5)).
  const later = parts.filter((part) => part.path.includes('.d/') && name(part.path) > name(ours.path));
  return later.flatMap((part) =>
    parseUnitFile(part.content).flatMap((it) => {
      const mine = ours.settings[it.section]?.[it.key];
      if (mine === undefined) return [];
      const values = (Array.isArray(mine) ? mine : [mine]).map(render);
      const undone = listSettings.has(it.key) ? it.value === '' : !values.some((v) => sameValue(v, it.value));
      return undone ? [{ key: it.key, path: part.path, line: it.line, value: it.value }] : [];
    }),
  );
}

const truth: Readonly<Record<string, string>> = {
  '1': 'yes',
  true: 'yes',
  on: 'yes',
  '0': 'no',
  false: 'no',
  off: 'no',
};
const sameValue = (a: string, b: string) => (truth[a] ?? a) === (truth[b] ?? b);

/** Whether a unit file makes just these settings: in any order of its keys, with any comments, and nothing besides. */
export function makesSettings(content: string, settings: UnitSettings): boolean {
  const theirs = readUnitFile(content);
  if (theirs.others.some(({ is }) => is === 'stray')) return false;
  return isDeepStrictEqual(byName(theirs.assignments), byName(parseUnitFile(renderUnitFile(settings))));
}

/** The values of each setting, in their order. A boolean has several spellings. */
function byName(assignments: readonly Assignment[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const { section, key, value } of assignments) {
    const name = `${section}\n${key}`;
    found.set(name, [
      ...(found.get(name) ?? []),
      takesBoolean(section, key) ? (truth[value] ?? value) : value,
    ]);
  }
  return found;
}
