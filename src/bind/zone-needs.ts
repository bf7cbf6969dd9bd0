import { statementOf, statementsOf, type Statement } from './named-conf.ts';
import type { Needing } from './needing.ts';
import { zoneStatements, type ZoneStatement } from './zones.ts';

interface Zone {
  readonly name: string;
  readonly type: string;
  readonly file: string | undefined;
  readonly own: (word: string) => string | undefined;
  readonly inherited: (word: string) => string | undefined;
  /** Whether an access list is there, and not "none". */
  readonly allows: (word: string) => boolean;
}

/** The needs of all zones, in views and outside: their files by type, journals, signed copies and keys. */
export function zoneNeeds(it: Needing, statements: readonly Statement[]): void {
  // Thousands of zones look for their policies here.
  const others = statements.filter(({ words }) => words[0] !== 'zone');
  for (const zone of zoneStatements(statements)) needsOfZone(it, zoneOf(zone), others);
}

function zoneOf({ name, view, type, own, setting }: ZoneStatement): Zone {
  const file = own('file')?.words[1];
  return {
    name,
    type,
    file: file?.replaceAll('$name', name).replaceAll('$view', view).replaceAll('$type', type),
    own: (word) => own(word)?.words[1],
    inherited: (word) => setting(word)?.words[1],
    allows: (word) => {
      const list = setting(word);
      const members = list?.block?.map((member) => member.words[0]) ?? list?.words.slice(1) ?? [];
      return members.some((member) => member !== 'none');
    },
  };
}

function needsOfZone(it: Needing, zone: Zone, statements: readonly Statement[]): void {
  const { file, name, type } = zone;
  const at = file === undefined ? undefined : it.at('file', zone.own('file') ?? file, `zone ${name}`);
  const why = `zone ${name}`;
  const replaced = (path: string, what: string) => {
    it.add('replace', path, what, at);
    it.add('replace', path.replace(/\/?[^/]*$/, '') || (path.startsWith('/') ? '/' : '.'), what, at);
  };
  const journal = (of: string, what: string) => {
    const own = of === file ? zone.own('journal') : undefined;
    replaced(own ?? `${of}.jnl`, `journal of ${what}`);
  };
  switch (type) {
    case 'secondary':
    case 'slave':
    case 'mirror':
    case 'stub':
      if (file === undefined) break;
      replaced(file, why);
      if (type !== 'stub') journal(file, why);
      break;
    case 'hint':
      if (file !== undefined) it.add('read', file, 'root hints', at);
      return;
    case 'redirect':
      if (file !== undefined && zone.own('primaries') === undefined) it.add('read', file, why, at);
      else if (file !== undefined) replaced(file, why);
      return;
    case 'primary':
    case 'master':
      if (file === undefined) return;
      it.add('read', file, why, at);
      if (isDynamic(zone)) {
        replaced(file, why);
        journal(file, why);
      } else if (zone.inherited('ixfr-from-differences') === 'yes') journal(file, why);
      break;
    default:
      return;
  }
  if (file !== undefined && isSignedApart(zone)) {
    replaced(`${file}.signed`, `signed ${why}`);
    journal(`${file}.signed`, `signed ${why}`);
    replaced(`${file}.jbk`, `journal of ${why}`);
  }
  keyNeeds(it, zone, statements);
}

/** Updates come by nsupdate, or BIND itself signs in place. */
const isDynamic = (zone: Zone): boolean =>
  zone.allows('allow-update') ||
  zone.allows('update-policy') ||
  (/^(allow|maintain)$/.test(zone.inherited('auto-dnssec') ?? '') && zone.own('inline-signing') !== 'yes');

const policyOf = (zone: Zone): string | undefined => {
  const policy = zone.inherited('dnssec-policy');
  return policy === 'none' ? undefined : policy;
};

/** Signed in a copy beside it: where it is asked for, or where a policy signs a zone (as 9.20 does for all of them). */
const isSignedApart = (zone: Zone): boolean => {
  const asked = zone.inherited('inline-signing');
  return asked === undefined ? policyOf(zone) !== undefined : asked === 'yes';
};

function keyNeeds(it: Needing, zone: Zone, statements: readonly Statement[]): void {
  const policy = policyOf(zone);
  const maintains = policy !== undefined || zone.inherited('auto-dnssec') === 'maintain';
  if (!maintains && zone.inherited('inline-signing') !== 'yes' && !isDynamic(zone)) return;
  if (!maintains && zone.inherited('key-directory') === undefined) return;
  const folder = zone.inherited('key-directory') ?? '.';
  it.add(
    policy === undefined ? 'read' : 'replace',
    folder,
    `keys of zone ${zone.name}`,
    it.at('key-directory', folder, `zone ${zone.name}`),
  );
  const keys = statementOf(
    statementsOf(statements, 'dnssec-policy').find(({ words }) => words[1] === policy)?.block,
    'keys',
  );
  for (const { words } of keys?.block ?? []) {
    const store = words[words.indexOf('key-store') + 1];
    const block = statementsOf(statements, 'key-store').find((one) => one.words[1] === store)?.block;
    if (words.includes('key-store'))
      it.addValue('replace', block, 'directory', `keys of zone ${zone.name}`, `key-store ${store}`);
  }
}
