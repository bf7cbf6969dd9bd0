/** Names that differ in one number only, from one end to the other. */
interface Run {
  readonly names: readonly string[];
  readonly text: string;
}

/** More numbers in one name than these are not looked at. */
const places = 4;

/** Fewer names than these are easier to read one by one. */
const short = 3;

/**
 * Host names in few words, as an inventory writes ranges: `ns[001:212].example.org, ns215.example.org`.
 * @param most how many ranges and single names are listed before the rest is a number
 */
export function hostList(hosts: readonly string[], most = Infinity): string {
  const ways = Array.from({ length: places }, (_, place) => runs(hosts, place));
  const [best = []] = ways.toSorted((a, b) => a.length - b.length);
  const left = best.slice(most).reduce((sum, { names }) => sum + names.length, 0);
  const shown = best.slice(0, most).map(({ text }) => text);
  return `${shown.join(', ')}${left === 0 ? '' : ` and ${left} more`}`;
}

/** What a text is headed with that is the same on all of these. */
export function hostTitle(hosts: readonly string[], most = 8): string {
  return `${hostList(hosts, most)}${hosts.length > short ? ` (${hosts.length} hosts)` : ''}`;
}

/** The names cut into runs over their number at one place, in the order in which each run begins. */
function runs(hosts: readonly string[], place: number): readonly Run[] {
  const series = new Map<string, { name: string; digits: string }[]>();
  for (const name of hosts) {
    const { around, digits } = takeApart(name, place);
    const key = around.join('\0');
    const members = series.get(key);
    if (members) members.push({ name, digits });
    else series.set(key, [{ name, digits }]);
  }
  return [...series].flatMap(([key, members]) => {
    const [head = '', tail = ''] = key.split('\0');
    return cut(members.toSorted((a, b) => Number(a.digits) - Number(b.digits))).flatMap((run): Run[] => {
      const names = run.map(({ name }) => name);
      if (names.length < short) return names.map((name) => ({ names: [name], text: name }));
      return [{ names, text: `${head}[${run[0]?.digits}:${run.at(-1)?.digits}]${tail}` }];
    });
  });
}

function takeApart(name: string, place: number): { around: readonly string[]; digits: string } {
  const found = [...name.matchAll(/\d{1,9}/g)][place];
  if (!found) return { around: [name], digits: '' };
  const [digits] = found;
  return { around: [name.slice(0, found.index), name.slice(found.index + digits.length)], digits };
}

/** Cuts where a number is missing, or where the leading zeros are not those of a range. */
function cut<T extends { readonly digits: string }>(sorted: readonly T[]): readonly (readonly T[])[] {
  const all: T[][] = [];
  for (const it of sorted) {
    const run = all.at(-1);
    const last = run?.at(-1);
    if (run && last && it.digits === after(last.digits)) run.push(it);
    else all.push([it]);
  }
  return all;
}

/** `009` is followed by `010`, and `9` by `10`. */
const after = (digits: string): string =>
  digits === '' ? '' : String(Number(digits) + 1).padStart(digits.startsWith('0') ? digits.length : 0, '0');
