import { compile, escaped, quoted } from '../apparmor/aare.ts';
import { denying, missing } from '../apparmor/covers.ts';
import { parseRule, type Rule } from '../apparmor/rules.ts';
import type { HostName } from '../brand.ts';
import { needFor, type Need } from '../bind/needs.ts';
import { coveredOtherwise } from './covered.ts';
import { neverFor } from './never.ts';
import { provenanceOf, type Evidence, type Provenance, type Rewritten } from './provenance.ts';
import type { AuditRecord } from './record.ts';
import { wantOf, type FileWant, type Want } from './want.ts';
import { widen } from './widen.ts';

/** What a host's audit trail said, and what is known of that host. */
export interface HostDenials {
  readonly host: HostName;
  readonly records: readonly AuditRecord[];
  /** What its named.conf has named use. */
  readonly needs: readonly Need[];
  /** What its profile and the overrides that are declared for it have; empty where they are not known. */
  readonly rules: readonly Rule[];
}

/** A rule, with its comma. */
export interface ProposedRule {
  readonly text: string;
  readonly from: Provenance | Rewritten;
}

/** An access that a person has to think about. */
export interface NotProposed {
  readonly what: string;
  readonly why: string;
  readonly from: Provenance | Rewritten;
}

export interface Proposal {
  /** The kernel's name of the profile. */
  readonly profile: string;
  /** In order of their text, each once. */
  readonly rules: readonly ProposedRule[];
  readonly not: readonly NotProposed[];
  /** Records of accesses that the rules of their host allow by now. */
  readonly covered: number;
}

interface FileDenial {
  readonly want: FileWant;
  readonly evidence: Evidence;
}

/**
 * The least rules for what was denied under a profile (and, in complain mode, would have been). A rule gives no
 * permission that no record asks for; its pattern is a name, or as widen.ts says; nothing of never.ts is in it. The
 * order of hosts and records does not matter, and more records never take an access away.
 */
export function propose(profile: string, hosts: readonly HostDenials[]): Proposal {
  const files: FileDenial[] = [];
  const others = new Map<string, Evidence[]>();
  const not = new Map<string, { what: string; why: string; evidence: Evidence[] }>();
  let covered = 0;
  const refuse = (what: string, why: string, evidence: Evidence) => {
    const known = not.get(`${what}\n${why}`);
    if (known === undefined) not.set(`${what}\n${why}`, { what, why, evidence: [evidence] });
    else known.evidence.push(evidence);
  };
  const add = (text: string, evidence: Evidence) => others.set(text, [...(others.get(text) ?? []), evidence]);

  for (const { host, records, needs, rules } of hosts)
    for (const record of records) {
      const want = isOf(record, profile) ? wantOf(record) : undefined;
      if (want === undefined) continue;
      const need = record.name === undefined ? undefined : needFor(needs, record.name);
      const evidence: Evidence = { host, record, need };
      const stranger = strangerIn(record);
      if (stranger !== undefined) {
        refuse(whatOf(want), stranger, evidence);
        continue;
      }
      switch (want.is) {
        case 'refused':
          refuse(want.what, want.why, evidence);
          break;
        case 'file': {
          const lacking = missing(rules, want);
          const deny = denying(rules, want);
          const never = neverFor(want.path, lacking) ?? neverMapped(want, lacking, rules);
          if (lacking.length === 0) covered += 1;
          else if (deny !== undefined)
            refuse(whatOf(want), `the rule "${deny.text}" denies it, whatever else is allowed`, evidence);
          else if (never !== undefined) refuse(whatOf(want), never, evidence);
          else files.push({ want: { ...want, permissions: lacking }, evidence });
          break;
        }
        default: {
          const text = ruleOf(want);
          const never = want.is === 'link' ? neverFor(want.path, ['w']) : undefined;
          if (coveredOtherwise(rules, parseRule(text))) covered += 1;
          else if (never !== undefined) refuse(whatOf(want), never, evidence);
          else add(text, evidence);
        }
      }
    }
  const kept = files.filter(({ want, evidence }) => {
    const both = want.permissions.includes('m') && writable(want.path, files);
    if (both) refuse(whatOf(want), writesAndRuns, evidence);
    return !both;
  });
  const rules = [...fileRules(kept), ...[...others].map(([text, it]) => ({ text, from: provenanceOf(it) }))];
  return {
    profile,
    rules: rules.toSorted(byText((it) => it.text)),
    not: [...not.values()]
      .map(({ what, why, evidence }) => ({ what, why, from: provenanceOf(evidence) }))
      .toSorted(byText((it) => it.what + it.why)),
    covered,
  };
}

const byText =
  <T>(text: (it: T) => string) =>
  (a: T, b: T) =>
    text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0;

/** Whether a record is about this profile, alone or in a stack, or about what was started under it in complain mode. */
function isOf(record: AuditRecord, profile: string): boolean {
  const parts = record.profile?.split('//&') ?? [];
  return parts.some((it) => it === profile || it.startsWith(`${profile}//null-`));
}

/** Why this is not named's own doing; its threads are called `isc-…`. */
function strangerIn({ profile = '', comm }: AuditRecord): string | undefined {
  if (profile.includes('//null-')) return 'a program that named started did it, under a profile of its own';
  if (comm === undefined || /^(named|isc-.*|libuv-worker)$/.test(comm)) return undefined;
  return `${JSON.stringify(comm)} did it, not named`;
}

/** Code is mapped only from files that named can't write. */
function neverMapped(
  { path }: FileWant,
  lacking: readonly string[],
  rules: readonly Rule[],
): string | undefined {
  if (!lacking.includes('m')) return undefined;
  const written = missing(rules, { path, permissions: ['w'], owned: true }).length === 0;
  return written || lacking.includes('w') ? writesAndRuns : undefined;
}

const writesAndRuns = 'named could run what it writes';

/** Whether what is proposed for others would let a file be written. */
function writable(path: string, files: readonly FileDenial[]): boolean {
  const written = files.filter((it) => it.want.permissions.includes('w')).map(seenPath);
  return widen(written, 'w').some((it) => compile(it.pattern)?.matches(path) === true);
}

const seenPath = ({ want, evidence }: FileDenial) => ({ path: want.path, need: evidence.need });

function whatOf(want: Want): string {
  return want.is === 'file'
    ? `${want.path} ${want.permissions.join('')}`
    : want.is === 'refused'
      ? want.what
      : ruleOf(want).replace(/,$/, '');
}

function ruleOf(want: Exclude<Want, { is: 'file' | 'refused' }>): string {
  switch (want.is) {
    case 'link':
      return `${want.owned === true ? 'owner ' : ''}link ${quoted(escaped(want.path))} -> ${quoted(escaped(want.target))},`;
    case 'capability':
      return `capability ${want.name},`;
    case 'network':
      return `network ${want.family}${want.sockType === undefined ? '' : ` ${want.sockType}`},`;
    case 'rule':
      return want.text;
  }
}

interface Draft {
  readonly pattern: string;
  readonly owner: boolean;
  readonly letters: Set<string>;
  readonly behind: Set<FileDenial>;
}

/** Each permission is widened by itself, so that one file that is written does not open others for writing. */
function fileRules(files: readonly FileDenial[]): ProposedRule[] {
  const drafts = new Map<string, Draft>();
  for (const letter of 'rwakm') {
    const about = files.filter((it) => it.want.permissions.includes(letter));
    for (const { pattern, stated, paths } of widen(about.map(seenPath), letter)) {
      const behind = about.filter((it) => paths.includes(it.want.path));
      // What a statement is about holds files that nobody has opened yet, and whose owner is not known.
      const owner = !stated && behind.every((it) => it.want.owned === true);
      const key = `${owner} ${pattern}`;
      const draft = drafts.get(key) ?? { pattern, owner, letters: new Set(), behind: new Set() };
      drafts.set(key, draft);
      draft.letters.add(letter);
      for (const it of behind) draft.behind.add(it);
    }
  }
  return withoutRepeats([...drafts.values()]).map((it) => ({
    text: textOf(it),
    from: provenanceOf([...it.behind].map(({ evidence }) => evidence)),
  }));
}

function textOf({ owner, pattern, letters }: Draft): string {
  const own = [...letters].filter((it) => it !== 'a' || !letters.has('w'));
  return `${owner ? 'owner ' : ''}${quoted(pattern)} ${own.join('')},`;
}

/** Rules for one name go where rules for more names than one give as much; these take over what speaks for it. */
function withoutRepeats(drafts: readonly Draft[]): readonly Draft[] {
  const isWide = (it: Draft) => [...it.behind].some(({ want }) => escaped(want.path) !== it.pattern);
  const wide = drafts.filter(isWide);
  return drafts.filter((it) => {
    if (isWide(it)) return true;
    const permissions = [...it.letters];
    const [path = ''] = [...it.behind].map(({ want }) => want.path);
    const around = wide.filter((other) => compile(other.pattern)?.matches(path) === true);
    const rules = around.map((other) => parseRule(textOf(other)));
    if (missing(rules, { path, permissions, owned: it.owner }).length > 0) return true;
    for (const other of around) for (const one of it.behind) other.behind.add(one);
    return false;
  });
}
