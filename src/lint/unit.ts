import { capabilityNames } from '../resources/unit-keys.ts';
import { listSettings, readUnitFile, type Assignment } from '../resources/unit-file.ts';
import { sourceText, type SourceText, type Spot } from '../yaml/spot.ts';

/** A place in a unit that a defect can point at; `word` narrows it to a word of its text. */
export interface Placed {
  /** Whether a person wrote it, and not the vendor. */
  readonly own: boolean;
  spot(word?: string): Spot;
}

/** One assignment of a unit. */
export interface Setting extends Placed {
  readonly section: string;
  readonly key: string;
  readonly value: string;
}

/** A line that is no assignment. */
export interface Other extends Placed {
  readonly is: 'section' | 'stray';
  readonly text: string;
}

/** One file of a unit, or a task that writes one. */
export interface UnitSource {
  /** Whether it is the unit's whole file, and not a drop-in. */
  readonly whole: boolean;
  readonly path: string;
  readonly settings: readonly Setting[];
  readonly others: readonly Other[];
}

/** What is known of the host that has a unit. */
export interface UnitHost {
  /** $OPTIONS, as the unit's environment file sets it. */
  readonly options: readonly string[];
  /** Undefined where the host did not say. */
  readonly cores: number | undefined;
  /** As uname(2) has it: x86_64, aarch64; undefined where the host did not say. */
  readonly architecture: string | undefined;
}

/** Everything that is known of a unit, in the order in which systemd reads it. */
export interface Unit {
  readonly name: string;
  readonly sources: readonly UnitSource[];
  readonly settings: readonly Setting[];
  /** Undefined for files that no host was asked about. */
  readonly host?: UnitHost;
}

/** A unit file as a person wrote it, or as the vendor did. */
export function fileSource(path: string, text: string, own = true): UnitSource {
  const source = sourceText(path, text);
  const { assignments, others } = readUnitFile(text);
  return {
    whole: path.endsWith('.service'),
    path,
    settings: assignments.map((it) => ({
      section: it.section,
      key: it.key,
      value: it.value,
      own,
      spot: (word) => spotIn(source, it, word),
    })),
    others: others.map(({ is, text: words, start }) => ({
      is,
      text: words,
      own,
      spot: () => source.spot(start, start + words.length + (is === 'section' ? 2 : 0)),
    })),
  };
}

/** The place of a word in the value, or of the key. */
function spotIn(source: SourceText, { start, end, key }: Assignment, word: string | undefined): Spot {
  const body = source.text.slice(start, end);
  const from = body.indexOf('=') + 1;
  const found = word === undefined ? -1 : wordAt(body.slice(from), word);
  return found < 0 || word === undefined
    ? source.spot(start, start + key.length)
    : source.spot(start + from + found, start + from + found + word.length);
}

/** Where a whole word begins; a part of another word is none. */
function wordAt(text: string, word: string): number {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    const [before, after] = [text[at - 1] ?? ' ', text[at + word.length] ?? ' '];
    if (/[\s~=:,+-]/.test(before) && /[\s:,\\]/.test(after)) return at;
  }
  return -1;
}

/** What Debian's own named.service says (bind9 9.18 of Debian 12); OPTIONS is "-u bind" there. */
const vendorText = `[Service]
Type=notify
EnvironmentFile=-/etc/default/named
ExecStart=/usr/sbin/named -f $OPTIONS
ExecReload=/usr/sbin/rndc reload
ExecStop=/usr/sbin/rndc stop
`;

const vendor: readonly Setting[] = readUnitFile(vendorText).assignments.map(({ section, key, value }) => ({
  section,
  key,
  value,
  own: false,
  spot: () => ({ at: { file: '/lib/systemd/system/named.service', line: 1, col: 1 }, length: 1 }),
}));

const fileName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** The unit behind Debian's alias of named.service. */
export const canonical = (name: string): string => (name === 'bind9.service' ? 'named.service' : name);

/**
 * A unit of its files: its whole file, or for BIND the vendor's, and then drop-ins in the order of their names,
 * as systemd reads them (systemd.unit(5)).
 */
export function unitOf(alias: string, sources: readonly UnitSource[]): Unit {
  const name = canonical(alias);
  const whole = sources.filter((it) => it.whole);
  const dropIns = sources
    .filter((it) => !it.whole)
    .toSorted((a, b) => (fileName(a.path) < fileName(b.path) ? -1 : 1));
  const base = whole.length === 0 && name === 'named.service' ? vendor : [];
  const ordered = [...whole, ...dropIns];
  return { name, sources: ordered, settings: [...base, ...ordered.flatMap((it) => it.settings)] };
}

/**
 * The units of files that a person names: drop-ins of one X.service.d folder are judged together, and with an
 * X.service beside it. A .conf that lies elsewhere is taken for a drop-in of named.service by itself.
 */
export function unitsOfFiles(files: readonly { readonly path: string; readonly text: string }[]): Unit[] {
  const units = new Map<string, { readonly name: string; readonly sources: UnitSource[] }>();
  for (const { path, text } of files) {
    const [, folder = '', name] = /^(.*?)([^/]+\.service)(?:\.d\/[^/]+)?$/.exec(path) ?? [];
    const key = name === undefined ? path : folder + canonical(name);
    const unit = units.get(key) ?? { name: name ?? 'named.service', sources: [] };
    unit.sources.push(fileSource(path, text));
    units.set(key, unit);
  }
  return [...units.values()].map((it) => unitOf(it.name, it.sources));
}

/** Every assignment of a key of [Service] that still counts: a list behind its last reset, or the last value. */
export function settingsOf(unit: Unit, key: string): readonly Setting[] {
  const all = unit.settings.filter((it) => it.section === 'Service' && it.key === key);
  if (!listSettings.has(key)) return all.slice(-1);
  return all.slice(all.findLastIndex((it) => it.value === '') + 1);
}

/** The last assignment of a key of [Service], an empty one, too. */
export const settingOf = (unit: Unit, key: string): Setting | undefined =>
  unit.settings.findLast((it) => it.section === 'Service' && it.key === key);

/** The value that wins; empty where there is none. */
export const valueOf = (unit: Unit, key: string): string => settingOf(unit, key)?.value ?? '';

/** Whether systemd takes a text for true. */
export const isTrue = (value: string): boolean => /^(1|yes|y|true|t|on)$/i.test(value);
/** Whether systemd takes a text for false. */
export const isFalse = (value: string): boolean => /^(0|no|n|false|f|off)$/i.test(value);

/** A setting that is on, other than by "no". */
export const isOn = (unit: Unit, key: string): boolean => {
  const value = valueOf(unit, key);
  return value !== '' && !isFalse(value);
};

/** The words of a value, without a leading "~"; quotes keep a word together. */
export const wordsOf = (value: string): readonly string[] =>
  value.replace(/^~/, '').match(/(?:"[^"]*"|'[^']*'|\S)+/g) ?? [];

/** The user that the unit starts named as; undefined for root. */
export function userOf(unit: Unit): string | undefined {
  const user = valueOf(unit, 'User');
  if (user !== '' && user !== 'root' && user !== '0') return user;
  return isTrue(valueOf(unit, 'DynamicUser')) ? 'a dynamic user' : undefined;
}

/**
 * A set of capabilities as systemd builds it: names it doesn't know count for nothing, and an assignment that is
 * left without any name replaces the set (systemd.exec(5); measured with CAP_BOGUS on systemd 252).
 */
export function capabilitiesOf(
  unit: Unit,
  key: 'CapabilityBoundingSet' | 'AmbientCapabilities',
): ReadonlySet<string> {
  const full = key === 'CapabilityBoundingSet';
  let untouched = true;
  let set: ReadonlySet<string> = full ? capabilityNames : new Set();
  for (const { value } of unit.settings.filter((it) => it.section === 'Service' && it.key === key)) {
    const names = wordsOf(value.toUpperCase()).filter((it) => capabilityNames.has(it));
    const others = [...capabilityNames].filter((it) => !names.includes(it));
    const invert = value.startsWith('~');
    if (names.length === 0 || untouched) set = new Set(invert ? others : names);
    else set = invert ? new Set(others.filter((it) => set.has(it))) : new Set([...set, ...names]);
    untouched = set.size === (full ? capabilityNames.size : 0);
  }
  return set;
}
