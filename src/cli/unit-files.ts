import { readdirSync } from 'node:fs';
import { InputError } from '../errors.ts';
import { unitsOfFiles, type Unit } from '../lint/unit.ts';
import { fileTrouble, readText } from '../yaml/read.ts';
import { findingAt, namedSpot } from '../yaml/spot.ts';

/** Whether an argument names files of a unit: a .conf, a .service, or an X.service.d folder. */
export const isUnitFile = (path: string): boolean => /\.(conf|service|service\.d\/*)$/.test(path);

/** Units, and the texts of their files by their paths. */
export interface ReadUnits {
  readonly units: readonly Unit[];
  readonly texts: ReadonlyMap<string, string>;
}

/** Reads the units that files and folders of drop-ins make. Throws InputError where one can't be read. */
export function readUnits(paths: readonly string[]): ReadUnits {
  const files = [...new Set(paths.flatMap((it) => (/\.d\/*$/.test(it) ? dropInsIn(it) : [it])))];
  const read = files.map((path) => ({ path, text: readText(path) }));
  return { units: unitsOfFiles(read), texts: new Map(read.map(({ path, text }) => [path, text])) };
}

function dropInsIn(given: string): string[] {
  const folder = given.replace(/\/+$/, '');
  const reject = (message: string): never => {
    throw new InputError([findingAt(namedSpot(folder), message)]);
  };
  let names: readonly string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    return reject(fileTrouble(error));
  }
  const found = names.filter((it) => it.endsWith('.conf')).toSorted();
  return found.length === 0
    ? reject('there is no .conf in this folder')
    : found.map((it) => `${folder}/${it}`);
}
