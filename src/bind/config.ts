import type { Frames } from '../observe/frames.ts';
import { unknown, value, type Observation } from '../observe/observation.ts';
import type { Probe } from '../observe/probe.ts';
import { parseNamedConf, type Statement } from './named-conf.ts';

/** The configuration of a host's named. */
export interface BindConfig {
  /** The file that it starts with. */
  readonly file: string;
  readonly statements: readonly Statement[];
  /** Files that others include, by absolute paths. */
  readonly includes: readonly string[];
  /** Options of the command line, as /etc/default/named has them. */
  readonly options: string;
}

/** Asks for the configuration as named-checkconf reads it; secrets stay on the host. */
export const bindConfigProbe: Probe<BindConfig> = {
  key: 'bind-config',
  needs: ['bind/config.observe.sh'],
  ask: (key) => `observe_bind ${key}`,
  parse: parseConfig,
};

/** Reads the answer to `observe_bind`. */
export function parseConfig(frames: Frames, key: string): Observation<BindConfig> {
  const text = frames.text(`${key} config`);
  if (text === undefined) return unknown(frames.text(`${key} unknown`) ?? 'the host did not answer');
  return value({
    file: frames.text(`${key} file`) ?? '',
    statements: parseNamedConf(text),
    includes: [...(frames.text(`${key} includes`) ?? '').matchAll(/"([^"]+)"/g)].flatMap(
      ([, path]) => path ?? [],
    ),
    options: frames.text(`${key} options`)?.trim() ?? '',
  });
}
