import { z } from 'zod';
import { InputError } from '../errors.ts';
import { diagnose } from '../yaml/diagnose.ts';
import { readYaml } from '../yaml/read.ts';
import type { Spot } from '../yaml/spot.ts';

/** Frames of a host's answer by their keys (src/observe/frame.sh). */
type Answers = Readonly<Record<string, string>>;

const Frames = z.record(z.string(), z.string());

const OneCase = z.strictObject({
  name: z.string().min(1).describe('What the case shows'),
  params: z.unknown().describe('The parameters of the task'),
  use: z.array(z.string()).default([]).describe('Sets of "frames" that the host answers with'),
  host: Frames.default({}).describe('What the host answers, by the keys of frames; it wins over "use"'),
  expect: z.array(z.string()).default([]).describe('What is planned, one line a change'),
  rejected: z.string().optional().describe('Part of the message that the parameters are refused with'),
});

/** A file of cases: the parameters of a module, what a host answers, and what has to come of it. */
const CasesFile = z.strictObject({
  frames: z.record(z.string(), Frames).default({}).describe('Answers that several cases share, by name'),
  cases: z.array(OneCase).min(1).describe('The cases'),
});

export interface Case extends Omit<z.output<typeof OneCase>, 'use'> {
  readonly host: Answers;
  /** Where it says what has to come of it. */
  readonly spot: Spot;
}

/** @throws {InputError} with the place of what is no case */
export function readCases(path: string): readonly Case[] {
  const doc = readYaml(path);
  const parsed = CasesFile.safeParse(doc.value);
  if (!parsed.success)
    throw new InputError(
      diagnose(parsed.error.issues, { ...doc, schema: CasesFile, name: 'a file of cases' }),
    );
  const { frames, cases } = parsed.data;
  return cases.map(({ use, ...it }, i) => ({
    ...it,
    host: merged([...use.map((set) => frames[set] ?? {}), it.host]),
    spot: doc.spot(['cases', i, it.rejected === undefined ? 'expect' : 'rejected']),
  }));
}

/** Later frames win; what stands at a path is one thing, so a link takes the place of `absent`. */
function merged(sets: readonly Answers[]): Answers {
  const all = new Map<string, string>();
  for (const set of sets)
    for (const [key, text] of Object.entries(set)) {
      const place = /^(.*) (file|content|link|absent)$/.exec(key);
      if (place && place[2] !== 'content')
        for (const other of ['file', 'content', 'link', 'absent'])
          if (!(place[2] === 'file' && other === 'content')) all.delete(`${place[1]} ${other}`);
      all.set(key, text);
    }
  return Object.fromEntries(all);
}
