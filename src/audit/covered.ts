import { compile } from '../apparmor/aare.ts';
import type { Rule } from '../apparmor/rules.ts';

/** Whether rules give all of what this one gives; for those that are not about opening files. */
export function coveredOtherwise(rules: readonly Rule[], wanted: Rule): boolean {
  if (wanted.is === 'unread') return false;
  return rules.some((it) => it.is !== 'unread' && !it.deny && gives(it, wanted));
}

function gives(rule: Rule, wanted: Rule): boolean {
  if (wanted.is === 'link') {
    if (rule.is !== 'file' && rule.is !== 'link') return false;
    if (rule.owner && !wanted.owner) return false;
    if (rule.is === 'file')
      return rule.permissions.has('l') && (rule.path === undefined || within(rule.path, wanted.path));
    return rule.is === 'link' && within(rule.path, wanted.path) && within(rule.target, wanted.target);
  }
  if (wanted.is === 'capability')
    return (
      rule.is === 'capability' &&
      (rule.names.length === 0 || wanted.names.every((it) => rule.names.includes(it)))
    );
  if (wanted.is === 'network')
    return (
      rule.is === 'network' &&
      rule.protocol === undefined &&
      rule.permissions.length === 0 &&
      (rule.family === undefined || rule.family === wanted.family) &&
      (rule.sockType === undefined || rule.sockType === wanted.sockType)
    );
  if (wanted.is !== 'mediation' || rule.is !== 'mediation' || rule.kind !== wanted.kind) return false;
  const permissions =
    rule.permissions.length === 0 || wanted.permissions.every((it) => rule.permissions.includes(it));
  return (
    permissions && [...rule.conditions].every(([key, values]) => meets(values, wanted.conditions.get(key)))
  );
}

const meets = (values: readonly string[], wanted: readonly string[] | undefined) =>
  wanted !== undefined && wanted.every((it) => values.some((value) => within(value, it)));

/** Whether a pattern stands for a name that is written as a pattern itself. */
function within(pattern: string, name: string): boolean {
  return pattern === name || compile(pattern)?.matches(name.replace(/\\(.)/g, '$1')) === true;
}
