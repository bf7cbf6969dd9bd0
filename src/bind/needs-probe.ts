import { AbsolutePath } from '../brand.ts';
import type { Frames } from '../observe/frames.ts';
import { value, type Observation } from '../observe/observation.ts';
import type { Probe } from '../observe/probe.ts';
import { parseConfig } from './config.ts';
import type { Line } from './needing.ts';
import { needsOf, type Need } from './needs.ts';

/** Asks which paths named.conf has named use; the host sends the lines that name them, and no secrets. */
export const bindNeedsProbe: Probe<readonly Need[]> = {
  key: 'bind-needs',
  needs: ['bind/config.observe.sh', 'bind/statements.sh', 'bind/needs.observe.sh'],
  ask: (key) => `observe_needs ${key}`,
  parse: parseNeeds,
};

/** Reads the answer to `observe_needs`. */
export function parseNeeds(frames: Frames, key: string): Observation<readonly Need[]> {
  const config = parseConfig(frames, key);
  if (config.is !== 'value') return config;
  const lines = (frames.text(`${key} lines`) ?? '').split('\n').flatMap((text): Line[] => {
    const [path, line, owner = '', word = '', ...rest] = text.split('\t');
    const file = AbsolutePath.safeParse(path);
    return file.success ? [{ file: file.data, line: Number(line), owner, word, value: rest.join('\t') }] : [];
  });
  const includes = new Set([...config.value.includes, ...lines.map(({ file }) => file)]);
  includes.delete(config.value.file);
  return value(
    needsOf({ ...config.value, includes: [...includes] }, lines, frames.text(`${key} plugins`)?.trim()),
  );
}
