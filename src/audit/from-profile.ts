import { missing } from '../apparmor/covers.ts';
import { parsePolicy, type Profile } from '../apparmor/policy.ts';
import type { Rule } from '../apparmor/rules.ts';
import { coveredOtherwise } from './covered.ts';

/** How a profile's file differs from the one that its package ships. */
export interface ProfileDifference {
  /** What can be an override, each with its comma or as an include, so that the packaged file can come back. */
  readonly overrides: readonly string[];
  /** What a local file cannot say, or should not without a person's decision. */
  readonly shown: readonly { readonly what: string; readonly why: string }[];
}

/**
 * Compares a profile as it is with the one that its package ships. Order, comments and the spelling of rules (which
 * aa-logprof all changes) make no difference.
 * @param name the kernel's name of the profile
 * @returns undefined where one of the texts has no such profile
 */
export function differenceOf(name: string, packaged: string, found: string): ProfileDifference | undefined {
  const [before, after] = [packaged, found].map((text) =>
    parsePolicy(text).find((it) => it.header.name === name),
  );
  if (before === undefined || after === undefined) return undefined;
  const overrides: string[] = [];
  const shown: { what: string; why: string }[] = [];
  for (const rule of lacking(after.rules, before.rules)) {
    if (rule.is === 'unread') shown.push({ what: rule.text, why: 'confine cannot read this rule' });
    else if (rule.is === 'file' && rule.exec !== undefined && !rule.deny)
      shown.push({ what: `${rule.text},`, why: 'named starts no programs: add it by hand if it must' });
    else overrides.push(`${rule.text},`);
  }
  for (const include of includesOf(found))
    if (!includesOf(packaged).includes(include)) overrides.push(`#include ${include}`);
  for (const rule of lacking(before.rules, after.rules))
    shown.push({
      what: `${'text' in rule ? rule.text : ''},`,
      why: 'the package allows it and this file does not: a local file can only deny it',
    });
  const flags = flagsChange(before, after);
  if (flags !== undefined) shown.push(flags);
  return { overrides: [...new Set(overrides)], shown };
}

/** The rules that others do not give. */
function lacking(rules: readonly Rule[], others: readonly Rule[]): Rule[] {
  const known = new Set(others.map(keyOf));
  return rules.filter((it) => {
    if (known.has(keyOf(it))) return false;
    if (it.is === 'unread' || it.is === 'other' || it.deny) return true;
    if (it.is !== 'file') return !coveredOtherwise(others, it);
    const plain = it.exec === undefined && it.path !== undefined && !/[*?[{@]/.test(it.path);
    const access = { path: it.path ?? '', permissions: it.permissions, owned: it.owner };
    return !plain || missing(others, access).length > 0;
  });
}

/** The same for rules that say the same. */
function keyOf(rule: Rule): string {
  if (rule.is === 'unread') return rule.text;
  const words = `${rule.deny} ${rule.audit} ${rule.owner}`;
  if (rule.is === 'file') {
    const { path, permissions, exec, target } = rule;
    return `file ${words} ${path} ${[...permissions].toSorted().join('')} ${exec} ${target}`;
  }
  if (rule.is === 'capability') return `capability ${words} ${rule.names.toSorted().join(' ')}`;
  if (rule.is === 'mediation') {
    const conditions = [...rule.conditions].map(([key, values]) => `${key}=${values.toSorted().join(',')}`);
    return `${rule.kind} ${words} ${rule.permissions.toSorted().join(',')} ${conditions.toSorted().join(' ')}`;
  }
  return `${rule.is} ${rule.text}`;
}

const includesOf = (text: string): string[] =>
  [...text.matchAll(/^\s*#?include\s+(?:if\s+exists\s+)?(<[^>\n]+>)/gm)]
    .map(([, it = '']) => it)
    .filter((it) => !/^<(tunables|local)\//.test(it));

function flagsChange(before: Profile, after: Profile) {
  const [was, is] = [before, after].map(({ header }) => header.flags.toSorted().join(', '));
  if (was === is) return undefined;
  const why = 'flags are in the profile alone: apparmor_mode sets the mode without changing the file';
  return { what: `flags=(${is}), packaged: flags=(${was})`, why };
}
