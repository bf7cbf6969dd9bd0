import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseFrames, type Frames } from './frames.ts';
import { unfoldLater } from './later.ts';
import { unknown, type Observation } from './observation.ts';
import type { Probe, ShellSource } from './probe.ts';

/** A script that asks every probe once, and the way to read its answer. */
export interface ObserveTrip {
  readonly script: string;
  /** @throws never: a cut answer makes every observation unknown. */
  read(output: Buffer): Observations;
}

export interface Observations {
  readonly frames: Frames;
  readonly answer: <T>(probe: Probe<T>) => Observation<T>;
}

const sources = new Map<string, string>();

/** The text of a shell source beside the compiled code. */
export function shellSource(name: string): string {
  const found = sources.get(name) ?? readFileSync(new URL(`../${name}`, import.meta.url), 'utf8');
  sources.set(name, found);
  return found;
}

/**
 * Puts every probe into one POSIX sh script: the functions they need, then one line a probe.
 * @param nonce marks the frames; drawn anew for every trip so that no content can look like one
 */
export function observeTrip(
  probes: readonly Probe<unknown>[],
  nonce = randomBytes(12).toString('hex'),
): ObserveTrip {
  const unique = [...new Map(probes.map((it) => [it.key, it])).values()];
  const keys = new Map(unique.map((it, i) => [it.key, `p${i}`]));
  const needs = new Set<ShellSource>([
    'observe/lock.observe.sh',
    'observe/host.observe.sh',
    ...unique.flatMap((it) => it.needs),
  ]);
  const gathers = new Set(unique.flatMap((it) => it.gather ?? []));
  const asks = new Set(unique.flatMap((it) => it.ask(keys.get(it.key) ?? '').split('\n')));
  const script = [
    `nonce=${nonce}`,
    'LC_ALL=C',
    'export LC_ALL',
    shellSource('observe/frame.sh'),
    ...[...needs].map(shellSource),
    ...gathers,
    'observe_host',
    ...asks,
    'observe_later',
    'frame end',
    '',
  ].join('\n');
  return {
    script,
    read: (output) => {
      const frames = unfoldLater(parseFrames(output, nonce));
      const answers = new Map<string, Observation<unknown>>();
      return {
        frames,
        answer: <T>(probe: Probe<T>): Observation<T> => {
          const key = keys.get(probe.key);
          if (key === undefined || !frames.complete) return unknown('the host did not answer in full');
          const found = answers.get(probe.key) ?? probe.parse(frames, key);
          answers.set(probe.key, found);
          return found as Observation<T>;
        },
      };
    },
  };
}
