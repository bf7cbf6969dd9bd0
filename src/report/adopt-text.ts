import { counted } from '../counted.ts';
import { hostList, type Adoption, type Said, type SharedThing } from '../adopt/share.ts';
import { isMapping } from '../yaml/values.ts';

/** What stands on a fleet, grouped by equality: what all hosts share, where they differ, and what is left open. */
export function adoptionText(
  { hosts, things, notes, pending }: Adoption,
  advice: readonly Said[],
): readonly string[] {
  const all = hosts.length;
  const everywhere = (it: SharedThing): boolean => it.hosts.length === all;
  const section = (title: string, lines: readonly string[]): readonly string[] =>
    lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];
  const list = (said: readonly Said[]): readonly string[] =>
    said.map(({ at, text, hosts: those }) => `${hostList(those, all)}: ${at === '' ? '' : `${at}: `}${text}`);
  return [
    `${counted(all, 'host')} looked at, nothing changed`,
    ...section(
      `the same on ${all === 1 ? 'it' : `all ${all}`}`,
      things.filter((it) => everywhere(it) && it.variable === undefined).map(titleOf),
    ),
    ...section(
      'on some only',
      things.filter((it) => !everywhere(it)).map((it) => `${titleOf(it)}: ${hostList(it.hosts, all)}`),
    ),
    ...section(
      'where hosts differ',
      things.filter((it) => it.variable !== undefined).flatMap((it) => differences(it, all)),
    ),
    ...section('not declared', list(notes)),
    ...section('pending', list(pending)),
    ...section('what confine init would advise besides', list(advice)),
  ];
}

const titleOf = ({ name, module, key, variable, values }: SharedThing): string => {
  const [{ at, value }] = values;
  return `${name} (${module}, ${at})${variable === undefined ? short(key, value) : ''}`;
};

/** A value in a few words; none where the place says enough. */
function short(key: string, value: unknown): string {
  if (isMapping(value)) return '';
  if (!Array.isArray(value)) return `: ${key} ${String(value)}`;
  return value.length > 4 ? `: ${value.length} ${key}` : `: ${value.join(' ')}`;
}

function differences({ name, module, values }: SharedThing, all: number): readonly string[] {
  const [most, ...others] = values;
  return [
    `${name} (${module})`,
    `  ${hostList(most.hosts, all)}: ${most.at}`,
    ...others.flatMap(({ value, hosts, at }) => [
      `  ${hostList(hosts, all)}: ${at}`,
      ...apart(linesOf(most.value), linesOf(value)).map((line) => `    ${line}`),
    ]),
  ];
}

/** What is missing of the one, and what is new in the other. */
const apart = (a: readonly string[], b: readonly string[]): readonly string[] => [
  ...a.filter((it) => !b.includes(it)).map((it) => `- ${it}`),
  ...b.filter((it) => !a.includes(it)).map((it) => `+ ${it}`),
];

/** A value as lines: an item of a list each, or a setting as a unit file has it. */
function linesOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.map(String);
  if (!isMapping(value)) return [String(value)];
  return Object.entries(value).flatMap(([section, keys]) =>
    Object.entries(isMapping(keys) ? keys : {}).flatMap(([key, it]) =>
      [it].flat().map((one) => `[${section}] ${key}=${String(one)}`),
    ),
  );
}
