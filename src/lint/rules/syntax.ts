import { addressFamilies, capabilityNames, keysSince, unitKeys } from '../../resources/unit-keys.ts';
import { newerGroups, syscallGroups, syscallNames } from '../../resources/syscall-groups.ts';
import { nearest } from '../../yaml/suggest.ts';
import type { Defect, UnitRule } from '../rule.ts';
import { splitWord } from '../syscall-filter.ts';
import { isFalse, isTrue, wordsOf, type Setting, type Unit } from '../unit.ts';

type Section = keyof typeof unitKeys;
const sections = Object.keys(unitKeys) as Section[];
const isSection = (name: string): name is Section => sections.some((it) => it === name);
const keysOf = (name: Section): readonly string[] => [...unitKeys[name].boolean, ...unitKeys[name].other];

const didYouMean = (word: string, candidates: Iterable<string>): { readonly advice?: string } => {
  const best = nearest(word, candidates);
  return best === undefined ? {} : { advice: `did you mean "${best}"?` };
};

const quoted = (all: readonly string[]): string => all.map((it) => `"${it}"`).join(', ');

/** Settings of sections that systemd reads; those of X-… sections are a person's own. */
const readSettings = (unit: Unit): readonly Setting[] =>
  unit.settings.filter((it) => it.own && isSection(it.section));

const serviceSettings = (unit: Unit, keys: RegExp): readonly Setting[] =>
  readSettings(unit).filter((it) => it.section === 'Service' && keys.test(it.key));

function unknownKey(setting: Setting): readonly Defect[] {
  const { key, section } = setting;
  if (!isSection(section) || key.startsWith('X-')) return [];
  const known = unitKeys[section];
  if (known.boolean.has(key) || known.other.has(key)) return [];
  const home = sections.find((it) => unitKeys[it].boolean.has(key) || unitKeys[it].other.has(key));
  return [
    {
      at: setting,
      what: `${key} is no setting of [${section}]`,
      ...(home === undefined ? didYouMean(key, keysOf(section)) : { advice: `move it to [${home}]` }),
    },
  ];
}

/** What settings that take one of a few words take; `newer` came after systemd 252. */
interface Choice {
  readonly words: readonly string[];
  readonly boolean?: true;
  readonly newer?: readonly string[];
}

const choices: Readonly<Record<string, Choice>> = {
  ProtectSystem: { boolean: true, words: ['full', 'strict'] },
  ProtectHome: { boolean: true, words: ['read-only', 'tmpfs'] },
  ProtectProc: { words: ['noaccess', 'invisible', 'ptraceable', 'default'] },
  ProcSubset: { words: ['all', 'pid'] },
  DevicePolicy: { words: ['auto', 'closed', 'strict'] },
  KeyringMode: { words: ['inherit', 'private', 'shared'] },
  NotifyAccess: { words: ['none', 'main', 'exec', 'all'] },
  Type: {
    words: ['simple', 'exec', 'forking', 'oneshot', 'dbus', 'notify', 'idle'],
    newer: ['notify-reload'],
  },
  PrivateTmp: { boolean: true, words: [], newer: ['disconnected'] },
  PrivateUsers: { boolean: true, words: [], newer: ['self', 'identity'] },
  ProtectControlGroups: { boolean: true, words: [], newer: ['private', 'strict'] },
};

/** What a setting with a few allowed words takes, of which none is empty; undefined where anything goes. */
function choiceOf({ section, key, value }: Setting): Choice | undefined {
  if (!isSection(section) || value.includes('%')) return undefined;
  return choices[key] ?? (unitKeys[section].boolean.has(key) ? { boolean: true, words: [] } : undefined);
}

const fits = ({ boolean, words, newer }: Choice, value: string): 'now' | 'newer' | 'never' => {
  if (words.includes(value) || (boolean && (isTrue(value) || isFalse(value)))) return 'now';
  return newer?.includes(value) ? 'newer' : 'never';
};

function wrongChoice(setting: Setting): readonly Defect[] {
  const choice = choiceOf(setting);
  if (choice === undefined || fits(choice, setting.value) !== 'never') return [];
  const words = [...(choice.boolean ? ['yes', 'no'] : []), ...choice.words];
  const [word] = wordsOf(setting.value);
  return [
    {
      at: setting,
      ...(word === setting.value ? { word } : {}),
      what: setting.value === '' ? `${setting.key}= is empty` : `${setting.key}= takes no "${setting.value}"`,
      advice: nearest(setting.value, words)
        ? `did you mean "${nearest(setting.value, words)}"?`
        : `it takes ${quoted(words)}`,
    },
  ];
}

const pathLists = /^(ReadWritePaths|ReadOnlyPaths|InaccessiblePaths|ExecPaths|NoExecPaths)$/;

function wrongWords(setting: Setting): readonly Defect[] {
  const { key, value } = setting;
  const words = wordsOf(value);
  if (pathLists.test(key))
    return words
      .filter((it) => !/^-?\+?["']?[/%]/.test(it.replace(/^["']/, '')))
      .map((word) => ({
        at: setting,
        word,
        what: `${key}= takes absolute paths, and ${word} is none`,
        advice: `write /${word.replace(/^[-+]+/, '')} in full`,
      }));
  if (key === 'RestrictAddressFamilies' && value !== 'none')
    return words
      .filter((it) => !addressFamilies.has(it))
      .map((word) => ({
        at: setting,
        word,
        what: `${word} is no address family`,
        ...didYouMean(word, addressFamilies),
      }));
  return [];
}

const filters = /^(SystemCallFilter|SystemCallLog)$/;
const filterNames = (setting: Setting) =>
  wordsOf(setting.value).map((word) => ({ word, name: splitWord(word).name }));

function unknownGroups(setting: Setting): readonly Defect[] {
  return filterNames(setting)
    .filter(({ name }) => name.startsWith('@') && name !== '@known')
    .filter(({ name }) => !syscallGroups.has(name) && !newerGroups.has(name))
    .map(({ word, name }) => ({
      at: setting,
      word,
      what: `${name} is no group of system calls`,
      ...didYouMean(name, syscallGroups.keys()),
    }));
}

function unknownCalls(setting: Setting): readonly Defect[] {
  return filterNames(setting)
    .filter(({ name }) => !name.startsWith('@') && !syscallNames.has(name))
    .map(({ word, name }) => ({
      at: setting,
      word,
      what: `${name} is no system call that systemd 252 knows`,
      ...didYouMean(name, syscallNames),
    }));
}

function newer(setting: Setting): readonly Defect[] {
  const { section, key, value } = setting;
  if (!isSection(section)) return [];
  const since = keysSince.get(key) ?? 0;
  if (since > 252) return [{ at: setting, what: `${key}= came with systemd ${since}` }];
  const choice = choiceOf(setting);
  if (choice !== undefined && fits(choice, value) === 'newer')
    return [{ at: setting, word: value, what: `${key}=${value} came after systemd 252` }];
  return filterNames(setting)
    .filter(({ name }) => filters.test(key) && newerGroups.has(name))
    .map(({ word, name }) => ({ at: setting, word, what: `${name} came after systemd 252` }));
}

function unknownCapabilities(setting: Setting): readonly Defect[] {
  return wordsOf(setting.value)
    .filter((it) => !capabilityNames.has(it.toUpperCase()) && !/^\d+$/.test(it))
    .map((word) => ({
      at: setting,
      word,
      what: `${word} is no capability`,
      ...didYouMean(word, capabilityNames),
    }));
}

/** Rules about what systemd does not take from a unit file. */
export const syntaxRules: readonly UnitRule[] = [
  {
    id: 'unknown-capability',
    title: 'a capability that does not exist',
    reason:
      'systemd drops a name it does not know without a word: a "~" line keeps what it was meant to take away, and a line with no other name leaves the process without any capability',
    source:
      'measured on Debian 12: CapabilityBoundingSet=CAP_BOGUS gives CapBnd=0 and a named that listens nowhere; the published "CAP_(DAC_OVERWRITE" leaves CAP_DAC_OVERRIDE in place',
    proof: 'observed',
    advice: 'write the names of capabilities(7)',
    severity: 'error',
    find: (unit) =>
      serviceSettings(unit, /^(CapabilityBoundingSet|AmbientCapabilities)$/).flatMap(unknownCapabilities),
  },
  {
    id: 'unknown-section',
    title: 'a section that a service does not have',
    reason: 'systemd ignores all settings of a section it does not know, with a line in the journal only',
    source: 'systemd.syntax(7), systemd.service(5)',
    proof: 'documented',
    advice: 'a service has [Unit], [Service] and [Install]; a section of your own starts with "X-"',
    severity: 'error',
    find: (unit) =>
      unit.sources
        .flatMap((it) => it.others)
        .filter((it) => it.is === 'section' && !isSection(it.text) && !it.text.startsWith('X-'))
        .map((it) => ({
          at: it,
          what: `[${it.text}] is no section of a service`,
          ...didYouMean(it.text, sections),
        })),
  },
  {
    id: 'unknown-key',
    title: 'a setting that does not exist',
    reason:
      'systemd ignores it with a line in the journal only, and starts the unit without it; systemd-analyze verify exits 0 all the same',
    source: 'measured on Debian 12: "Unknown key \'ProtectSystemm\' in section [Service], ignoring."',
    proof: 'observed',
    advice: 'look it up in systemd.directives(7)',
    severity: 'error',
    find: (unit) => readSettings(unit).flatMap(unknownKey),
  },
  {
    id: 'stray-line',
    title: 'a line that is no setting',
    reason: 'systemd ignores it with a line in the journal only',
    source: 'systemd.syntax(7): "Missing \'=\', ignoring line", "Assignment outside of section. Ignoring."',
    proof: 'documented',
    advice: 'write KEY=VALUE below a [Section], or "#" in front of a comment',
    severity: 'error',
    find: (unit) => [
      ...unit.sources
        .flatMap((it) => it.others)
        .filter((it) => it.is === 'stray')
        .map((it) => ({ at: it, what: 'this line has no "="' })),
      ...unit.settings
        .filter((it) => it.section === '')
        .map((it) => ({ at: it, what: `${it.key}= stands in front of every [Section]` })),
    ],
  },
  {
    id: 'unknown-value',
    title: 'a value that systemd does not take',
    reason: 'systemd ignores the assignment with a line in the journal only, and starts the unit without it',
    source:
      'measured on Debian 12: "Failed to parse protect home value, ignoring: maybe", "ReadWritePaths= path is not absolute, ignoring: relative"',
    proof: 'observed',
    advice: 'look it up in systemd.exec(5)',
    severity: 'error',
    find: (unit) => [
      ...readSettings(unit).flatMap(wrongChoice),
      ...serviceSettings(unit, /./).flatMap(wrongWords),
    ],
  },
  {
    id: 'unknown-syscall-group',
    title: 'a group of system calls that does not exist',
    reason:
      'systemd leaves it out of the filter with a line in the journal only, so a deny list lets through what it was meant to stop',
    source: 'measured on Debian 12: "Unknown system call group, ignoring: @nosuch"',
    proof: 'observed',
    advice: 'systemd-analyze syscall-filter lists the groups',
    severity: 'error',
    find: (unit) => serviceSettings(unit, filters).flatMap(unknownGroups),
  },
  {
    id: 'unknown-syscall',
    title: 'a system call that systemd 252 does not know',
    reason: 'systemd leaves it out of the filter with a line in the journal only',
    source: 'measured on Debian 12: "Failed to parse system call, ignoring: nosuchcall"',
    proof: 'observed',
    advice: 'systemd-analyze syscall-filter @known lists them',
    severity: 'warning',
    find: (unit) => serviceSettings(unit, filters).flatMap(unknownCalls),
  },
  {
    id: 'allow-list-error-number',
    title: 'an error number in an allow list',
    reason:
      'systemd ignores a word that allows a call and gives it an error number, so the call stays denied; without SystemCallErrorNumber= it ends named by SIGSYS',
    source:
      'measured on Debian 12 (systemd 252): "Allow-listed system calls cannot take error number, ignoring: chown:EPERM"',
    proof: 'observed',
    advice: 'allow the call, or set SystemCallErrorNumber=EPERM for all that is denied',
    severity: 'error',
    find: (unit) =>
      serviceSettings(unit, /^SystemCallFilter$/)
        .filter((it) => !it.value.startsWith('~'))
        .flatMap((it) =>
          wordsOf(it.value)
            .filter((word) => word.includes(':'))
            .map((word) => ({ at: it, word, what: `${word} is ignored` })),
        ),
  },
  {
    id: 'newer-than-252',
    title: 'what only a newer systemd knows',
    reason: 'systemd 252 of Debian 12 ignores it with a line in the journal only',
    source: 'NEWS and manual pages of systemd 253 to 257',
    proof: 'documented',
    advice: 'keep it for hosts of Debian 13 and newer',
    severity: 'warning',
    find: (unit) => readSettings(unit).flatMap(newer),
  },
];
