import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { z } from 'zod';

const Case = z.strictObject({
  name: z.string(),
  params: z.unknown(),
  /** Frames of the host's answer; `use` names sets of them that are written once. */
  use: z.array(z.string()).default([]),
  host: z.record(z.string(), z.string()).default({}),
  /** One line a change. */
  expect: z.array(z.string()).default([]),
  /** Part of the message that the parameters are refused with. */
  rejected: z.string().optional(),
});

const Cases = z.strictObject({
  frames: z.record(z.string(), z.record(z.string(), z.string())).default({}),
  cases: z.array(Case).min(1),
});

type Answers = Readonly<Record<string, string>>;

/** Later frames win; what stands at a path is one thing, so a link takes the place of `absent`. */
function merge(sets: readonly (Answers | undefined)[]): Answers {
  const merged = new Map<string, string>();
  for (const set of sets)
    for (const [key, text] of Object.entries(set ?? {})) {
      const place = /^(.*) (file|content|link|absent)$/.exec(key);
      if (place && place[2] !== 'content')
        for (const other of ['file', 'content', 'link', 'absent'])
          if (!(place[2] === 'file' && other === 'content')) merged.delete(`${place[1]} ${other}`);
      merged.set(key, text);
    }
  return Object.fromEntries(merged);
}

/** The cases of a module: data beside it. */
export function cases(module: string) {
  const { frames, cases: all } = Cases.parse(load(readFileSync(`modules/${module}/cases.yml`, 'utf8')));
  return all.map((it) => ({ ...it, host: merge([...it.use.map((set) => frames[set]), it.host]) }));
}
