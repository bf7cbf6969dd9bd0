import { posix } from 'node:path';
import type { BindConfig } from '../bind/config.ts';
import { statementOf, statementsOf, valueOf, within, type Statement } from '../bind/named-conf.ts';

/** A folder with all below it; or one file, where its folder holds far more than what BIND needs. */
export interface Place {
  readonly is: 'folder' | 'file';
  readonly path: string;
}

/** Where named reads and writes, as its configuration says. */
export interface DataPlaces {
  readonly read: readonly Place[];
  readonly write: readonly Place[];
}

/** Settings whose value is a file that named writes; relative ones lie in `directory`. */
const writtenFiles = [
  'dump-file',
  'statistics-file',
  'memstatistics-file',
  'secroots-file',
  'recursing-file',
  'pid-file',
  'session-keyfile',
  'lock-file',
];
const writtenFolders = ['directory', 'managed-keys-directory', 'new-zones-directory'];
const readFiles = ['key-file', 'cert-file', 'ca-file', 'dhparam-file', 'tkey-gssapi-keytab', 'bindkeys-file'];

type Block = readonly Statement[] | undefined;

/** Whether a list of addresses lets anybody in. */
const lets = (it: Statement | undefined): boolean =>
  it?.block !== undefined && it.block.some(({ words }) => words.join(' ') !== 'none');

const isOn = (name: string | undefined): boolean => name !== undefined && !/^(none|no|false|off)$/.test(name);

/** All places that a configuration names. What named reads where it also writes is among the latter only. */
export function dataPlaces({ statements, includes }: BindConfig): DataPlaces {
  const options = statementOf(statements, 'options')?.block;
  const directory = valueOf(options, 'directory') ?? '/var/cache/bind';
  const at = (path: string): string => plain(posix.resolve(directory, path));
  const [read, write]: [Place[], Place[]] = [[], []];
  const folder = (path: string): Place => ({ is: 'folder', path: at(path) });
  const placeOf = (path: string): Place => {
    const around = posix.dirname(at(path));
    return isWide(around) ? { is: 'file', path: at(path) } : { is: 'folder', path: around };
  };

  write.push(folder('.'));
  for (const { words } of within(statements)) {
    const [name = '', path] = words;
    if (path === undefined || path === 'none') continue;
    if (writtenFiles.includes(name)) write.push(placeOf(path));
    if (writtenFolders.includes(name)) write.push(folder(path));
    if (readFiles.includes(name)) read.push(placeOf(path));
    if (name === 'geoip-directory') read.push(folder(path));
  }
  for (const channel of statementsOf(statementOf(statements, 'logging')?.block, 'channel')) {
    const file = valueOf(channel.block, 'file');
    if (file !== undefined) write.push(placeOf(file));
  }
  for (const it of includes) read.push(placeOf(it));

  const zonesOf = (block: Block, around: readonly Block[]): void => {
    for (const zone of statementsOf(block, 'zone')) {
      const file = valueOf(zone.block, 'file');
      const scopes = [zone.block, ...around];
      const setting = (name: string) => scopes.map((it) => statementOf(it, name)).find(Boolean);
      const signed = ['dnssec-policy', 'auto-dnssec', 'inline-signing'].some((it) =>
        isOn(setting(it)?.words[1]),
      );
      const keys = setting('key-directory')?.words[1];
      if (keys !== undefined) (signed ? write : read).push(folder(keys));
      if (file === undefined) continue;
      const type = valueOf(zone.block, 'type');
      const copied = type !== undefined && /^(secondary|slave|mirror|stub)$/.test(type);
      const updated =
        /^(primary|master)$/.test(type ?? '') &&
        (signed || lets(setting('allow-update')) || setting('update-policy') !== undefined);
      (copied || updated ? write : read).push(placeOf(file));
      const journal = valueOf(zone.block, 'journal');
      if (journal !== undefined) write.push(placeOf(journal));
    }
  };
  zonesOf(statements, [options]);
  for (const view of statementsOf(statements, 'view')) zonesOf(view.block, [view.block, options]);

  const written = outermost(write);
  return { read: outermost(read).filter((it) => !written.some((by) => holds(by, it))), write: written };
}

/** As the kernel sees a path: /var/run is a link to /run on Debian. */
const plain = (path: string): string =>
  posix
    .normalize(path)
    .replace(/^\/var\/run(?=\/|$)/, '/run')
    .replace(/(?<=.)\/$/, '');

/** A folder that holds far more than what BIND needs there. */
const isWide = (folder: string): boolean =>
  /^\/(|bin|boot|dev|etc|etc\/bind|home|lib|media|mnt|opt|proc|root|run|sbin|srv|sys|tmp|usr|usr\/share|var|var\/(cache|lib|local|log|spool|tmp)|home\/[^/]+)$/.test(
    folder,
  );

/** Whether a path is another, or lies below it. */
export const covers = (folder: string, path: string): boolean =>
  path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);

const holds = (by: Place, it: Place): boolean =>
  by.is === 'folder' ? covers(by.path, it.path) : by.path === it.path;

/** Each place once, without those that lie in another. */
const outermost = (all: readonly Place[]): readonly Place[] =>
  [...new Map(all.map((it) => [it.path, it])).values()]
    .filter((it, _, unique) => !unique.some((by) => by !== it && holds(by, it)))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
