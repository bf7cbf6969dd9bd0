import { settingsOf, valueOf, type Setting, type Unit } from './unit.ts';

/** How a unit starts named. */
export interface Start {
  readonly setting: Setting;
  /** The program that runs named, where that is not systemd itself. */
  readonly wrapper: 'firejail' | 'aa-exec' | undefined;
  /** Options of named with their values; "" where an option has none. */
  readonly options: ReadonlyMap<string, string>;
  /** Whether the options of /etc/default/named are on its command line. */
  readonly takesOptions: boolean;
}

/** Options of named(8) that take a value. */
const withValue = 'AcCdDEilLMmnNpPStTUuxX';

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** What the last ExecStart= does, if it runs named. */
export function startOf(unit: Unit): Start | undefined {
  const setting = settingsOf(unit, 'ExecStart').at(-1);
  if (setting === undefined) return undefined;
  const words = setting.value.replace(/^[@\-:+!|]+/, '').split(/\s+/);
  const isNamed = (it: string): boolean => !it.startsWith('-') && baseName(it) === 'named';
  const absolute = words.findIndex((it) => it.startsWith('/') && isNamed(it));
  const at = absolute >= 0 ? absolute : words.findLastIndex(isNamed);
  if (at < 0) return undefined;
  const before = words.slice(0, at).map(baseName);
  const given = words.slice(at + 1);
  const takesOptions = given.some((it) => /^\$\{?OPTIONS\}?$/.test(it));
  return {
    setting,
    wrapper: before.includes('firejail') ? 'firejail' : before.includes('aa-exec') ? 'aa-exec' : undefined,
    options: parseOptions(
      given.flatMap((it) => (/^\$\{?OPTIONS\}?$/.test(it) ? optionsVariable(unit) : [it])),
    ),
    takesOptions,
  };
}

/** $OPTIONS as the unit sets it, or as Debian's /etc/default/named does: "-u bind". */
function optionsVariable(unit: Unit): readonly string[] {
  if (unit.host !== undefined && valueOf(unit, 'EnvironmentFile') !== '') return unit.host.options;
  if (valueOf(unit, 'EnvironmentFile') !== '') return ['-u', 'bind'];
  for (const { value } of settingsOf(unit, 'Environment').toReversed()) {
    const set = /(?:^|\s)(?:"OPTIONS=([^"]*)"|'OPTIONS=([^']*)'|OPTIONS=(\S*))/.exec(value);
    if (set) return (set[1] ?? set[2] ?? set[3] ?? '').split(/\s+/).filter(Boolean);
  }
  return [];
}

/** Options as getopt(3) reads them: `-fu bind` is `-f -u bind`. */
function parseOptions(words: readonly string[]): ReadonlyMap<string, string> {
  const options = new Map<string, string>();
  for (let i = 0; i < words.length; i += 1) {
    const word = words[i] ?? '';
    if (!word.startsWith('-')) continue;
    for (let j = 1; j < word.length; j += 1) {
      const letter = word[j] ?? '';
      if (!withValue.includes(letter)) {
        options.set(letter, '');
        continue;
      }
      options.set(letter, word.slice(j + 1) || (words[(i += 1)] ?? ''));
      break;
    }
  }
  return options;
}
