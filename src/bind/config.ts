import { UnitName } from '../brand.ts';
import type { Frames } from '../observe/frames.ts';
import type { NamedUnit } from '../observe/named-unit.ts';
import { unknown, value, type Observation } from '../observe/observation.ts';
import type { Probe, ShellSource } from '../observe/probe.ts';
import { parseNamedConf, type Statement } from './named-conf.ts';

/** How a host's named is started. */
export interface Start {
  /** The unit that it is of, or would be. */
  readonly unit: UnitName;
  /** Whether it runs; else this is how its unit would start it. */
  readonly running: boolean;
  readonly binary: string;
  /** Its chroot (-t); empty without one. */
  readonly root: string;
  /** The file that it starts with, as it sees it. */
  readonly file: string;
  /** Options of its command line. */
  readonly options: string;
}

/** What BIND takes where nothing is set, by the words of `named -V`; empty for the distribution's own. */
export type BuiltIn = ReadonlyMap<string, string>;

/** The configuration of a host's named. */
export interface BindConfig {
  readonly start: Start;
  readonly statements: readonly Statement[];
  /** Files that others include, by absolute paths. */
  readonly includes: readonly string[];
  readonly builtIn: BuiltIn;
}

/** Which file a start of named reads, and whose start it is, in words. */
export const startText = ({ unit, running, root, file }: Start): string =>
  `${root}${file}, with which ${unit} ${running ? 'runs' : 'would start'} named`;

/** What the shell that reads a configuration needs. */
export const configSources: readonly ShellSource[] = ['bind/start.sh', 'bind/config.observe.sh'];

/** Asks for the configuration as named-checkconf reads it; secrets stay on the host. */
export const bindConfigProbe = (of: NamedUnit): Probe<BindConfig> => ({
  key: `bind-config:${of.key}`,
  needs: [...of.needs, ...configSources],
  gather: of.gather,
  ask: (key) => `${of.decide}\nobserve_bind ${key}`,
  parse: parseConfig,
});

/** Reads the answer to `observe_bind`. */
export function parseConfig(frames: Frames, key: string): Observation<BindConfig> {
  const text = frames.text(`${key} config`);
  if (text === undefined) return unknown(frames.text(`${key} unknown`) ?? 'the host did not answer');
  const [name, pid, binary = '', root = '', file = '', options = ''] = (
    frames.text(`${key} start`) ?? ''
  ).split('\n');
  const unit = UnitName.safeParse(name);
  if (!unit.success) return unknown('the host did not say which unit starts named');
  return value({
    start: { unit: unit.data, running: pid !== '0', binary, root, file, options },
    statements: parseNamedConf(text),
    includes: [...(frames.text(`${key} includes`) ?? '').matchAll(/"([^"]+)"/g)].flatMap(
      ([, path]) => path ?? [],
    ),
    builtIn: new Map(
      (frames.text(`${key} built`) ?? '').split('\n').flatMap((line): [string, string][] => {
        const [, what, path] = /^([^:]+): *(\/.*)$/.exec(line) ?? [];
        return what === undefined || path === undefined ? [] : [[what, path.replace(/^\/+/, '/')]];
      }),
    ),
  });
}
