import { AbsolutePath } from '../brand.ts';
import type { Frames } from '../observe/frames.ts';
import { value, type Observation } from '../observe/observation.ts';
import type { ShellSource } from '../observe/probe.ts';
import { configSources, parseConfig, type Start } from './config.ts';
import type { Line } from './needing.ts';
import { needsOf, type Need } from './needs.ts';

/** What the shell that reads needs takes; the host sends the lines that name paths, and no secrets. */
export const needsSources: readonly ShellSource[] = [
  ...configSources,
  'bind/statements.sh',
  'bind/needs.observe.sh',
];

/** The paths that a named.conf has named use, and how named is started with it. */
export interface Needs {
  readonly start: Start;
  readonly needs: readonly Need[];
}

/** Reads the answer to `observe_needs`. */
export function parseNeeds(frames: Frames, key: string): Observation<Needs> {
  const config = parseConfig(frames, key);
  if (config.is !== 'value') return config;
  const lines = (frames.text(`${key} lines`) ?? '').split('\n').flatMap((text): Line[] => {
    const [path, line, owner = '', word = '', ...rest] = text.split('\t');
    const file = AbsolutePath.safeParse(path);
    return file.success ? [{ file: file.data, line: Number(line), owner, word, value: rest.join('\t') }] : [];
  });
  const { start } = config.value;
  // Where they lie on the host, while named has them below its chroot.
  const read = lines.map(({ file }) => file.slice(start.root.length));
  const includes = new Set([...config.value.includes, ...read]);
  includes.delete(start.file);
  const plugins = frames.text(`${key} plugins`)?.trim();
  return value({ start, needs: needsOf({ ...config.value, includes: [...includes] }, lines, plugins) });
}
