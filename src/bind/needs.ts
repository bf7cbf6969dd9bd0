import type { AbsolutePath } from '../brand.ts';
import type { BindConfig, BuiltIn } from './config.ts';
import { statementOf, statementsOf, valueOf, within, type Statement } from './named-conf.ts';
import { needing, type Line, type Needing } from './needing.ts';
import { zoneNeeds } from './zone-needs.ts';

/**
 * What named does with a path. `read`: opens it; `write`: opens or appends to it in place; `replace`: makes, renames
 * and removes files of its folder (a zone that is dumped goes over `tmp-XXXXXXXXXX`, keys over `K….XXXXXX`); `map`:
 * loads it as a library; `execute`: its unit starts it on the way. Of a folder, it is what named does with files in it.
 */
export type Access = 'read' | 'write' | 'replace' | 'map' | 'execute';

/** A path that named.conf has named use. */
export interface Need {
  readonly path: AbsolutePath;
  readonly access: Access;
  /** For people: `zone example.test`, `journal of zone example.test`, `log channel queries`, `pid file`. */
  readonly why: string;
  /** Where named.conf says so; undefined where it is BIND's default. */
  readonly at: { readonly file: AbsolutePath; readonly line: number } | undefined;
}

/** A need with its statement: `zone example.test, /etc/bind/named.conf.local:9`. */
export const needText = ({ why, at }: Need): string =>
  at === undefined ? why : `${why}, ${at.file}:${at.line}`;

/** The need that an access to a path belongs to: that of the path itself, or of the nearest folder that it lies in. */
export function needFor(needs: readonly Need[], path: string): Need | undefined {
  const around = needs.filter((it) => path === it.path || path.startsWith(`${it.path}/`));
  return around.toSorted((a, b) => b.path.length - a.path.length)[0];
}

/**
 * The paths that a configuration has named use, each once for every access. What is unset has the default of
 * the build: Debian's, or what another one says of itself.
 * @param lines where the statements stand; without them no need has a place
 * @param plugins the folder that names of plugins without a slash are in
 * Source: BIND 9 Administrator Reference Manual, "Configuration Reference", and `named -V` of Debian's bind9.
 */
export function needsOf(config: BindConfig, lines: readonly Line[] = [], plugins?: string): readonly Need[] {
  const { statements, includes, builtIn } = config;
  const { root, file, options: argv } = config.start;
  const options = statementOf(statements, 'options')?.block;
  const directory = valueOf(options, 'directory') ?? '/';
  const it = needing({ root, directory, lines });
  it.add('read', file, 'named.conf');
  for (const path of includes) it.add('read', path, 'an include', it.at('include', path));
  it.add('replace', directory, 'working directory', it.at('directory', directory));
  optionNeeds(it, options, builtIn);
  keyNeeds(it, statements, options, builtIn);
  logNeeds(it, statements);
  const log = /(?:^|\s)-L\s*(\S+)/.exec(argv)?.[1];
  if (log !== undefined) it.add('write', log, 'log file (-L)');
  for (const tls of statementsOf(statements, 'tls'))
    for (const word of ['cert-file', 'key-file', 'ca-file', 'dhparam-file'])
      it.addValue('read', tls.block, word, `${word} of tls ${tls.words[1]}`, `tls ${tls.words[1]}`);
  libraryNeeds(it, statements, plugins, builtIn);
  const views = statementsOf(statements, 'view');
  for (const view of views) viewNeeds(it, view.block, `view ${view.words[1]}`, view.words[1] ?? '');
  zoneNeeds(it, statements);
  return it.all();
}

/** What BIND takes for a path where nothing is set, by its name in `named -V`. */
const otherwise = (builtIn: BuiltIn, name: string, debian: string): string | undefined =>
  builtIn.size === 0 ? debian : builtIn.get(name);

/** Files that named writes when it is asked to, or as it starts: their option, default and name for people. */
const written: readonly (readonly [string, string, string])[] = [
  ['statistics-file', 'named.stats', 'statistics file'],
  ['dump-file', 'named_dump.db', 'dump file'],
  ['recursing-file', 'named.recursing', 'list of recursing clients'],
  ['secroots-file', 'named.secroots', 'list of trust anchors'],
];

function optionNeeds(it: Needing, options: readonly Statement[] | undefined, builtIn: BuiltIn): void {
  const all = [
    ...written,
    ['pid-file', otherwise(builtIn, 'named PID file', '/run/named/named.pid'), 'pid file'],
    ['session-keyfile', otherwise(builtIn, 'nsupdate session key', '/run/named/session.key'), 'session key'],
  ] as const;
  for (const [word, unset, why] of all) {
    const path = valueOf(options, word) ?? unset;
    if (path !== undefined && path !== 'none') it.add('write', path, why, it.at(word, path));
  }
  it.addValue('write', options, 'memstatistics-file', 'memory statistics');
  it.addValue('write', options, 'lock-file', 'lock file');
  it.addValue('read', options, 'tkey-gssapi-keytab', 'keytab');
  it.addValue('read', options, 'random-device', 'random device');
  const tap = statementOf(options, 'dnstap-output');
  const path = tap?.words[2];
  if (tap && path !== undefined)
    it.add(
      tap.words.includes('versions') ? 'replace' : 'write',
      path,
      'dnstap',
      it.at('dnstap-output', path),
    );
  viewNeeds(it, options, 'options', '_default');
}

/** What stands in a view, or in options for the one that is there without any. */
function viewNeeds(it: Needing, block: readonly Statement[] | undefined, owner: string, name: string): void {
  const from = owner === 'options' ? '' : ` of ${owner}`;
  it.addValue('replace', block, 'managed-keys-directory', `managed keys${from}`);
  for (const catalog of statementsOf(statementOf(block, 'catalog-zones')?.block, 'zone')) {
    const folder = catalog.words[catalog.words.indexOf('zone-directory') + 1];
    if (catalog.words.includes('zone-directory') && folder !== undefined)
      it.add('replace', folder, `zones of catalog ${catalog.words[1]}`, it.at('zone-directory', folder));
  }
  if (valueOf(block, 'allow-new-zones') !== 'yes') return;
  const folder = valueOf(block, 'new-zones-directory') ?? '.';
  const at = it.at('new-zones-directory', folder) ?? it.at('allow-new-zones', 'yes');
  // A name that is no plain word is hashed, which nobody here can know; the folder stands for it, too.
  const base = /^[\w.-]+$/.test(name) ? name : undefined;
  if (base !== undefined) it.add('replace', `${folder}/${base}.nzd`, `zones added by rndc${from}`, at);
  it.add('replace', folder, `zones added by rndc${from}`, at);
}

function keyNeeds(
  it: Needing,
  statements: readonly Statement[],
  options: readonly Statement[] | undefined,
  builtIn: BuiltIn,
): void {
  // Without controls, rndc's own key opens the channel; it lies beside rndc.conf.
  const key = otherwise(builtIn, 'rndc configuration', '/etc/bind/rndc.conf')?.replace(/conf$/, 'key');
  if (statementOf(statements, 'controls') === undefined && key !== undefined)
    it.add('read', key, 'key of rndc');
  if (valueOf(options, 'dnssec-validation') === 'no') return;
  const keys = valueOf(options, 'bindkeys-file');
  const path = keys ?? otherwise(builtIn, 'DNSSEC root key', '/etc/bind/bind.keys');
  if (path !== undefined) it.add('read', path, 'trust anchors', keys && it.at('bindkeys-file', keys));
}

function logNeeds(it: Needing, statements: readonly Statement[]): void {
  for (const channel of statementsOf(statementOf(statements, 'logging')?.block, 'channel')) {
    const file = statementOf(channel.block, 'file');
    const path = file?.words[1];
    if (file === undefined || path === undefined) continue;
    const owner = `channel ${channel.words[1]}`;
    it.add(
      file.words.includes('versions') ? 'replace' : 'write',
      path,
      `log ${owner}`,
      it.at('file', path, owner),
    );
  }
}

function libraryNeeds(
  it: Needing,
  statements: readonly Statement[],
  plugins: string | undefined,
  builtIn: BuiltIn,
): void {
  const all = within(statements);
  for (const plugin of statementsOf(all, 'plugin')) {
    const path = plugin.words[2];
    if (path === undefined) continue;
    const full = path.includes('/') ? path : plugins && `${plugins}/${path}`;
    if (full !== undefined) it.add('map', full, `plugin ${path}`, it.at('plugin', path));
  }
  for (const { words } of statementsOf(all, 'dyndb'))
    if (words[2] !== undefined) it.add('map', words[2], `dyndb ${words[1]}`, it.at('dyndb', words[1] ?? ''));
  for (const dlz of statementsOf(all, 'dlz')) {
    const [, path] = /^dlopen\s+(\S+)/.exec(valueOf(dlz.block, 'database') ?? '') ?? [];
    if (path !== undefined) it.add('map', path, `dlz ${dlz.words[1]}`, it.at('database', `dlopen ${path}`));
  }
  const geoip = valueOf(statementOf(statements, 'options')?.block, 'geoip-directory');
  const found = geoip ?? otherwise(builtIn, 'geoip-directory', '/usr/share/GeoIP');
  if (found === undefined || found === 'none') return;
  if (geoip !== undefined || all.some(({ words }) => words.includes('geoip')))
    it.add('read', found, 'GeoIP', geoip && it.at('geoip-directory', geoip));
}
