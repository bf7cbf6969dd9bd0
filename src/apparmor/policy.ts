import { parseRule, unquoted, type Rule } from './rules.ts';
import { readHeader, type ProfileHeader } from '../resources/profile-header.ts';

/** A profile with its rules. Those of its hats and children are profiles of their own: `named//child`. */
export interface Profile {
  readonly header: ProfileHeader;
  readonly rules: readonly Rule[];
}

/**
 * Reads a policy as `apparmor_parser -p` prints it, or a file of it. Includes that are still there are not
 * followed. Variables are resolved: a rule with one of several values is several rules. Never throws.
 */
export function parsePolicy(text: string): Profile[] {
  const variables = variablesOf(text);
  const profiles: Profile[] = [];
  readBlock(statementsOf(withoutVariables(text)), undefined, '', variables, profiles);
  return profiles;
}

/** The rules of a file that profiles include, such as a local file; blocks in it are left out. */
export function parseRules(text: string, variables: Variables = new Map()): Rule[] {
  return statementsOf(text).flatMap((it) =>
    it.is === 'rule' ? resolved(parseRule(it.text), variables) : [],
  );
}

export type Variables = ReadonlyMap<string, readonly string[]>;

const assignment = /^[ \t]*@\{(\w+)\}[ \t]*(\+?=)[ \t]*(.*)$/gm;

/** The variables of a policy, each with its values, in which other variables are left. */
function variablesOf(text: string): Variables {
  const variables = new Map<string, readonly string[]>();
  for (const [, name = '', operator, values = ''] of text.matchAll(assignment)) {
    const own = (values.match(/"[^"]*"|[^\s"]+/g) ?? []).map(unquoted);
    const end = own.findIndex((it) => it.startsWith('#'));
    const more = end < 0 ? own : own.slice(0, end);
    variables.set(name, operator === '+=' ? [...(variables.get(name) ?? []), ...more] : more);
  }
  return variables;
}

const withoutVariables = (text: string) => text.replace(assignment, '');

/** A pattern with its variables in place: one text for each of their values. What is not known stays. */
function resolve(text: string, variables: Variables, depth = 0): string[] {
  const [all, name = ''] = /@\{(\w+)\}/.exec(text) ?? [];
  const values = variables.get(name) ?? [];
  if (all === undefined || values.length === 0 || depth > 20) return [text];
  return values.flatMap((it) =>
    resolve(
      text.replace(all, () => it),
      variables,
      depth + 1,
    ),
  );
}

function resolved(rule: Rule, variables: Variables): Rule[] {
  if (rule.is === 'file' && rule.path !== undefined)
    return resolve(rule.path, variables).map((path) => ({ ...rule, path }));
  if (rule.is === 'link')
    return resolve(rule.path, variables).flatMap((path) =>
      resolve(rule.target, variables).map((target) => ({ ...rule, path, target })),
    );
  if (rule.is !== 'mediation') return [rule];
  const conditions = [...rule.conditions].map(
    ([key, values]) => [key, values.flatMap((it) => resolve(it, variables))] as const,
  );
  return [{ ...rule, conditions: new Map(conditions) }];
}

/** `at` is the offset of its first character in the text. */
type Statement =
  | { readonly is: 'rule'; readonly text: string; readonly at: number }
  | { readonly is: 'block'; readonly head: string; readonly at: number; readonly body: readonly Statement[] };

function readBlock(
  statements: readonly Statement[],
  name: string | undefined,
  prefix: string,
  variables: Variables,
  profiles: Profile[],
): Rule[] {
  const rules: Rule[] = [];
  for (const statement of statements) {
    if (statement.is === 'rule') {
      const own = new Map([...variables, ['profile_name', [name ?? '']] as const]);
      rules.push(...resolved(parseRule(`${prefix}${statement.text}`), own));
      continue;
    }
    if (/^(audit|deny|allow|owner|\s)+$/.test(statement.head)) {
      rules.push(...readBlock(statement.body, name, `${prefix}${statement.head} `, variables, profiles));
      continue;
    }
    const head = statement.head.replace(/^(?:hat\s+|\^)/, 'profile ');
    const read = readHeader(resolve(head, variables)[0] ?? head);
    const full = name === undefined ? read.name : `${name}//${read.name}`;
    const at = profiles.length;
    profiles.push({ header: { ...read, name: full }, rules: [] });
    const inner = readBlock(statement.body, full, '', variables, profiles);
    profiles[at] = { header: { ...read, name: full }, rules: inner };
  }
  return rules;
}

/**
 * A policy in its statements. A comma ends a rule where a blank, a comment, a brace or nothing follows it, and a
 * brace opens a block where it stands alone; all others belong to patterns.
 */
export function statementsOf(text: string): Statement[] {
  const root: Statement[] = [];
  const open: { head: string; at: number; body: Statement[] }[] = [];
  let word = '';
  let at = 0;
  let braces = 0;
  let brackets = 0;
  const begin = () => {
    word = '';
    braces = 0;
    brackets = 0;
  };
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i);
    const starts = i === 0 || /\s/.test(text.charAt(i - 1));
    const ends = i + 1 === text.length || /[\s#}]/.test(text.charAt(i + 1));
    const body = open.at(-1)?.body ?? root;
    if (word.trim() === '') at = i;
    if (starts && (char === '#' || (word.trim() === '' && /^include\s/.test(text.slice(i, i + 8))))) {
      const end = text.indexOf('\n', i);
      i = end < 0 ? text.length : end - 1;
    } else if (char === '"') {
      const end = /^"(?:\\.|[^"\\])*"?/.exec(text.slice(i, i + 5000))?.[0] ?? char;
      word += end;
      i += end.length - 1;
    } else if (char === '\\') {
      word += text.slice(i, i + 2);
      i += 1;
    } else if (char === '{' && ends && /(^|[\s)])$/.test(word)) {
      open.push({ head: word.trim(), at, body: [] });
      begin();
    } else if (char === '}' && braces === 0) {
      const done = open.pop();
      if (done !== undefined) (open.at(-1)?.body ?? root).push({ is: 'block', ...done });
      begin();
    } else if (char === ',' && braces === 0 && brackets === 0 && ends) {
      if (word.trim() !== '') body.push({ is: 'rule', text: word.trim(), at });
      begin();
    } else {
      if (char === '{') braces += 1;
      if (char === '}') braces -= 1;
      if (char === '(') brackets += 1;
      if (char === ')') brackets = Math.max(0, brackets - 1);
      // Patterns have no blanks: a brace that is still open then is a broken one, and does not hide what follows.
      if (/\s/.test(char)) braces = 0;
      word += char;
    }
  }
  return root;
}
