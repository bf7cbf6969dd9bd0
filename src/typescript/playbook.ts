import { InputError } from '../errors.ts';
import type { SourceFile } from '../yaml/load.ts';
import { limits } from '../yaml/nodes.ts';
import { readText } from '../yaml/read.ts';
import { findingAt, sourceText, type Spot } from '../yaml/spot.ts';
import { isPlain, valueAt } from '../yaml/values.ts';
import { importTypeScript } from './import.ts';
import { literalPlaces, type Place } from './literal.ts';
import { thrownIn } from './thrown.ts';

type Path = readonly PropertyKey[];

/**
 * Runs a playbook in TypeScript, and gives what it exports as a file of YAML would be.
 * @throws {InputError} where it can't be run, or exports what is no plain data
 */
export async function readTypeScript(file: string): Promise<SourceFile> {
  const source = sourceText(file, readText(file));
  let exported: unknown;
  try {
    exported = (await importTypeScript(file))['default'];
  } catch (error) {
    throw thrownIn(file, "the playbook can't be loaded", error);
  }
  const root = literalPlaces(source.text);
  const spot = (path: Path, which: 'key' | 'value' = 'value', find?: string): Spot => {
    const shown = path.length === 0 ? {} : { path: shownPath(path) };
    const place = root && placeAt(root, exported, path);
    if (place === undefined) return { ...source.spot(0), ...shown };
    const [start, end] = (which === 'key' ? place.key : undefined) ?? place.value;
    const inside = find === undefined ? -1 : source.text.slice(start, end).indexOf(find);
    return inside < 0 || find === undefined
      ? { ...source.spot(start, end), ...shown }
      : { ...source.spot(start + inside, start + inside + find.length), ...shown };
  };
  if (exported === undefined)
    throw new InputError([
      findingAt(
        spot([]),
        'a playbook in TypeScript exports its plays',
        'export default definePlaybook([ … ])',
      ),
    ]);
  return { file, value: plain(exported, [], spot), empty: false, spot, raw: () => undefined };
}

/** The nearest place around a path that is certain: of a list with computed items the list. */
function placeAt(root: Place, value: unknown, path: Path): Place {
  let [place, rest] = [root, value];
  for (const step of path) {
    const { members } = place;
    const isWhole = !Array.isArray(members) || (Array.isArray(rest) && rest.length === members.length);
    const next = isWhole
      ? members instanceof Map
        ? members.get(String(step))
        : (members as readonly Place[] | undefined)?.[Number(step)]
      : undefined;
    if (next === undefined) return place;
    [place, rest] = [next, valueAt(rest, [step])];
  }
  return place;
}

const shownPath = (path: Path): string =>
  path
    .map((step) =>
      typeof step === 'number'
        ? `[${step}]`
        : /^\w+$/.test(String(step))
          ? `.${String(step)}`
          : `[${JSON.stringify(step)}]`,
    )
    .join('');

/** A copy of data as YAML could have it; members that are undefined are left out. */
function plain(value: unknown, path: Path, spot: (path: Path) => Spot): unknown {
  if (path.length > limits.depth) throw new InputError([findingAt(spot(path), 'this is nested too deeply')]);
  if (value === null || ['string', 'boolean', 'number'].includes(typeof value)) return value;
  if (Array.isArray(value)) return value.map((it, i) => plain(it, [...path, i], spot));
  if (!isPlain(value))
    throw new InputError([
      findingAt(
        spot(path),
        `must be plain data, but is ${typeof value === 'object' ? 'an object of a class' : `a ${typeof value}`}`,
      ),
    ]);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, it]) => it !== undefined)
      .map(([key, it]) => [key, plain(it, [...path, key], spot)]),
  );
}
