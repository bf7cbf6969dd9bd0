import type { Known } from '../observe/observation.ts';
import type { Node } from '../resources/file.ts';

const rulesOf = (node: Known<Node>): ReadonlySet<string> =>
  new Set(
    node.is === 'value' && node.value.is === 'file'
      ? node.value.content
          .toString('latin1')
          .split('\n')
          // Modes are the kernel's to tell: a flag that went is no rule that went.
          .map((line) => line.replace(/\s*flags\s*=\s*\([^)]*\)/, '').trim())
          .filter((line) => line !== '' && (!line.startsWith('#') || line.startsWith('#include')))
      : [],
  );

/**
 * Whether something that was allowed may be denied now: a line went, or a `deny` came (apparmor.d(5): deny
 * beats every allow). Lines that only came, and deny nothing, loosen.
 */
export function tightensRules(before: Known<Node>, after: Known<Node>): boolean {
  const [old, now] = [rulesOf(before), rulesOf(after)];
  return (
    [...old].some((rule) => !now.has(rule)) ||
    [...now].some((rule) => !old.has(rule) && /\bdeny\b/.test(rule))
  );
}
