import { counted } from '../counted.ts';
import { localStatements, withoutOwnedBlocks } from '../apparmor/local.ts';
import { FileName, PackageName } from '../brand.ts';
import type { ChangedConffile } from '../observe/attest-conffiles.ts';
import type { Known, Observation } from '../observe/observation.ts';
import type { PackageState } from '../resources/package.ts';
import type { Profile, UndefinedProfile } from '../resources/profile.ts';
import { dropInPath, isManaged, readUnitFile, type SettingValue } from '../resources/unit-file.ts';
import { takesBoolean } from '../resources/unit-keys.ts';
import type { Unit, UnitPart } from '../resources/unit.ts';
import type { OtherFile } from './others.ts';

/** What a look at a host found that other hands may have put there. */
export interface Standing {
  readonly unit: Unit;
  readonly auditd: Observation<Unit>;
  readonly profile: Observation<Profile | UndefinedProfile>;
  readonly packages: Observation<ReadonlyMap<PackageName, Known<PackageState>>>;
  readonly conffiles: Observation<readonly ChangedConffile[]>;
  readonly others: Observation<readonly OtherFile[]>;
}

/** Something on a host that a task can declare. */
export interface Thing {
  /** The same for the same thing on other hosts. */
  readonly id: string;
  /** Names it in a variable and a group. */
  readonly slug: string;
  readonly name: string;
  readonly module: string;
  /** Parameters that belong to what it is, and the one that may be another on other hosts. */
  readonly fixed: Readonly<Record<string, unknown>>;
  readonly varies: { readonly key: string; readonly value: unknown };
  /** Where it stands on the host, for a person: `/etc/x.conf:2-4`. */
  readonly at: string;
}

/** Something of a host that a person should know of: where, and what. */
export interface Note {
  readonly at: string;
  readonly text: string;
}

export interface Found {
  readonly things: readonly Thing[];
  /** What no task can declare, and why. */
  readonly notes: readonly Note[];
}

/** Packages that confinement of BIND brings along. */
export const packageNames = (
  'apparmor-utils apparmor-profiles apparmor-profiles-extra auditd audispd-plugins bind9-dnsutils ' +
  'firejail firejail-profiles'
)
  .split(' ')
  .map((it) => PackageName.parse(it));

/** All that tasks can declare of what stands on a host, and what they can't. */
export function thingsOf(standing: Standing): Found {
  const parts = [
    packagesIn(standing),
    localRulesIn(standing),
    modeIn(standing),
    dropInsIn(standing.unit),
    serviceIn(standing.unit),
    ...(standing.auditd.is === 'value' ? [serviceIn(standing.auditd.value)] : []),
    { things: [], notes: othersIn(standing) },
  ];
  return { things: parts.flatMap((it) => it.things), notes: parts.flatMap((it) => it.notes) };
}

const nothing: Found = { things: [], notes: [] };

function packagesIn({ packages }: Standing): Found {
  if (packages.is !== 'value') return nothing;
  const names = packageNames.filter((it) => packages.value.get(it)?.is === 'value');
  if (names.length === 0) return nothing;
  const thing = {
    id: 'package',
    slug: 'packages',
    name: 'Packages',
    module: 'package',
    fixed: {},
    varies: { key: 'names', value: names },
    at: 'installed',
  };
  return { things: [thing], notes: [] };
}

const definedIn = ({ profile }: Standing): Profile | undefined =>
  profile.is === 'value' && profile.value.is === 'defined' ? profile.value : undefined;

function localRulesIn(standing: Standing): Found {
  const profile = definedIn(standing);
  if (!profile || profile.local.node.is !== 'value' || profile.local.node.value.is !== 'file') return nothing;
  const { path } = profile.local;
  const text = profile.local.node.value.content.toString('utf8');
  const lines = text.split('\n');
  const theirs = withoutOwnedBlocks(lines);
  const statements = localStatements(theirs.join('\n'));
  const rules = statements.filter((it) => it.is === 'rule');
  const notes = statements.flatMap(({ is, text: head, line }): Note[] =>
    is === 'block'
      ? [
          {
            at: `${path}:${line}`,
            text: `a block of rules (${head || '{'} …) is no rule that a task can hold`,
          },
        ]
      : [],
  );
  const owned = theirs.findIndex((line, i) => line !== lines[i]);
  if (owned >= 0)
    notes.push({ at: `${path}:${owned + 1}`, text: 'a block of confine: its own playbook declares it' });
  const [first, last] = [rules[0], rules.at(-1)];
  if (!first || !last) return { things: [], notes };
  const thing = {
    id: `apparmor_override named${owned >= 0 ? ' adopted' : ''}`,
    slug: 'apparmor_rules',
    name: 'Local rules of AppArmor',
    module: 'apparmor_override',
    // In the block that confine has there already, these would take the place of its own rules.
    fixed: { profile: 'named', ...(owned >= 0 ? { block: 'adopted' } : {}) },
    varies: { key: 'rules', value: [...new Set(rules.map((it) => it.text))] },
    at: `${path}:${first.line}${last.line === first.line ? '' : `-${last.line}`}`,
  };
  return { things: [thing], notes };
}

function modeIn(standing: Standing): Found {
  const profile = definedIn(standing);
  if (!profile) return nothing;
  const { disable, forceComplain, loaded, header, file } = profile;
  const flagged = header.flags.includes('complain');
  const stands = (it: Profile['disable']): boolean => it.node.is === 'value';
  const [mode, at] = stands(disable)
    ? (['disabled', disable.path] as const)
    : stands(forceComplain)
      ? (['complain', forceComplain.path] as const)
      : flagged
        ? (['complain', file.path] as const)
        : (['enforce', file.path] as const);
  if (mode !== 'disabled' && loaded.is === 'absent')
    return { things: [], notes: [{ at: file.path, text: 'the kernel does not have the profile loaded' }] };
  const thing = {
    id: 'apparmor_mode named',
    slug: 'apparmor_mode',
    name: 'Mode of the AppArmor profile',
    module: 'apparmor_mode',
    fixed: { profile: 'named' },
    varies: { key: 'mode', value: mode },
    at,
  };
  return { things: [thing], notes: [] };
}

function dropInsIn(unit: Unit): Found {
  const found = unit.parts
    .filter(({ path }) => path.endsWith('.conf'))
    .map((part): Found => dropInIn(unit, part));
  const [fragment] = unit.parts;
  const whole: Note[] =
    fragment && unit.name === 'named.service' && /^\/etc\/systemd\/system\/[^/]+$/.test(fragment.path)
      ? [
          {
            at: fragment.path,
            text: 'a whole unit in the place of the package’s: confine writes drop-ins; leave the task that copies it, or make a drop-in of what it changes',
          },
        ]
      : [];
  return { things: found.flatMap((it) => it.things), notes: [...whole, ...found.flatMap((it) => it.notes)] };
}

function dropInIn(unit: Unit, { path, content }: UnitPart): Found {
  if (isManaged(content))
    return { things: [], notes: [{ at: path, text: 'a file of confine: its own playbook declares it' }] };
  const folder = path.slice(0, path.lastIndexOf('/'));
  const name = FileName.safeParse(path.slice(folder.length + 1, -'.conf'.length));
  if (!name.success || dropInPath(unit.name, name.data) !== path)
    return path.startsWith('/etc/')
      ? {
          things: [],
          notes: [{ at: path, text: `a drop-in of confine lies in /etc/systemd/system/${unit.name}.d` }],
        }
      : nothing;
  const { assignments, others } = readUnitFile(content);
  const notes = others.flatMap(({ is, text, start }): Note[] =>
    is === 'stray'
      ? [
          {
            at: `${path}:${content.slice(0, start).split('\n').length}`,
            text: `systemd passes over this line (${text}), so no task can declare it`,
          },
        ]
      : [],
  );
  if (notes.length > 0 || assignments.length === 0) return { things: [], notes };
  const settings: Record<string, Record<string, SettingValue>> = {};
  // In one order, so that hosts which differ in nothing else are equal.
  const sorted = assignments.toSorted((a, b) => (`${a.section} ${a.key}` < `${b.section} ${b.key}` ? -1 : 1));
  for (const { section, key, value } of sorted) {
    const keys = (settings[section] ??= {});
    const one = takesBoolean(section, key) ? asBoolean(value) : value;
    const before = keys[key];
    keys[key] = before === undefined ? one : [before, one].flat();
  }
  const thing = {
    id: `systemd_dropin ${unit.name} ${name.data}`,
    slug: `dropin_${name.data.replace(/[^A-Za-z0-9]+/g, '_').toLowerCase()}`,
    name: `Drop-in ${name.data} of ${unit.name}`,
    module: 'systemd_dropin',
    fixed: { unit: unit.name, name: name.data },
    varies: { key: 'settings', value: settings },
    at: path,
  };
  return { things: [thing], notes };
}

const asBoolean = (value: string): string | boolean =>
  /^(yes|true|on|1)$/.test(value) ? true : /^(no|false|off|0)$/.test(value) ? false : value;

function serviceIn({ name, active, enabled }: Unit): Found {
  const runs = active === 'active' || active === 'reloading';
  const notes: Note[] = runs
    ? []
    : [{ at: name, text: `it is ${active}, and no task says whether it is to run` }];
  const settled = enabled === 'enabled' || enabled === 'disabled';
  if (!settled && !runs) return { things: [], notes };
  const thing = {
    id: `service ${name} ${settled} ${runs}`,
    slug: `service_${name.replace(/\.service$/, '').replace(/[^A-Za-z0-9]+/g, '_')}`,
    name: `Unit ${name}`,
    module: 'service',
    fixed: { unit: name, ...(settled && runs ? { state: 'running' } : {}) },
    varies: settled ? { key: 'enabled', value: enabled === 'enabled' } : { key: 'state', value: 'running' },
    at: name,
  };
  return { things: [thing], notes };
}

/** What Debian's auditd brings by itself. */
const stockAudit = new Set(['-D', '-b 8192', '--backlog_wait_time 60000', '-f 1']);

const saidLines = (content: string): readonly string[] =>
  content
    .split('\n')
    .map((it) => it.trim())
    .filter((it) => it !== '' && !it.startsWith('#'));

function othersIn(standing: Standing): readonly Note[] {
  const { others, conffiles, profile } = standing;
  const files = others.is === 'value' ? others.value : [];
  const notes = files.flatMap(({ path, content }): Note[] => {
    const lines = saidLines(content);
    if (lines.length === 0 || isManaged(content)) return [];
    if (path.startsWith('/etc/audit/'))
      return lines.every((it) => stockAudit.has(it))
        ? []
        : [
            {
              at: path,
              text: `${counted(lines.length, 'line')} for auditctl: confine declares the backlog (-b) alone, by auditd`,
            },
          ];
    if (path.startsWith('/etc/firejail/'))
      return [{ at: path, text: 'a profile of Firejail: confine brings its own, by the task firejail' }];
    return definedIn(standing)
      ? []
      : [
          {
            at: path,
            text: `local rules of a profile that can’t be judged: ${profile.is === 'unknown' ? profile.reason : 'no file defines it'}`,
          },
        ];
  });
  const changed = conffiles.is === 'value' ? conffiles.value : [];
  return [
    ...notes,
    ...changed
      .filter(({ path }) => !path.startsWith('/etc/apparmor.d/local/'))
      .map(({ path, is }) => ({
        at: path,
        text:
          is === 'removed'
            ? 'the package’s file was removed'
            : 'the package’s file was changed: confine denials --propose --from-profile HOST makes rules of what was added',
      })),
  ];
}
