import { callsOf } from '../resources/syscall-groups.ts';
import { settingsOf, valueOf, wordsOf, type Setting, type Unit } from './unit.ts';

/** What becomes of a system call, and the word of the filter that decides it. */
export interface Verdict {
  readonly is: 'allowed' | 'refused' | 'killed';
  readonly by: Setting;
  readonly word: string;
}

export interface SyscallFilter {
  readonly list: 'allow' | 'deny';
  readonly of: (call: string) => Verdict;
  /** The first setting under which a call that is denied ends the process. */
  readonly kills: Setting | undefined;
}

type Rule = { readonly action: Verdict['is']; readonly by: Setting; readonly word: string };

/** A word of a filter: a call or a group, and what comes behind its colon. */
export function splitWord(word: string): { readonly name: string; readonly action: string | undefined } {
  const colon = word.indexOf(':');
  return colon < 0
    ? { name: word, action: undefined }
    : { name: word.slice(0, colon), action: word.slice(colon + 1) };
}

/**
 * The filter that SystemCallFilter= and SystemCallErrorNumber= give, as systemd.exec(5) has it: the first line
 * decides whether it is an allow list or a deny list, an allow list has @default in it, and a word of an allow list
 * that carries an error number is ignored (measured with systemd 252).
 */
export function syscallFilterOf(unit: Unit): SyscallFilter | undefined {
  const lines = settingsOf(unit, 'SystemCallFilter');
  const [first] = lines;
  if (first === undefined) return undefined;
  const errorNumber = valueOf(unit, 'SystemCallErrorNumber');
  const denied: Verdict['is'] = errorNumber === '' || errorNumber === 'kill' ? 'killed' : 'refused';
  const list = first.value.startsWith('~') ? 'deny' : 'allow';
  const rules = new Map<string, Rule>();
  if (list === 'allow')
    for (const call of callsOf('@default'))
      rules.set(call, { action: 'allowed', by: first, word: '@default' });
  for (const by of lines) {
    const inverted = by.value.startsWith('~');
    for (const word of wordsOf(by.value)) {
      const { name, action } = splitWord(word);
      if (!inverted && action !== undefined) continue;
      const outcome = !inverted ? 'allowed' : action === undefined ? denied : actionOf(action);
      for (const call of callsOf(name)) rules.set(call, { action: outcome, by, word });
    }
  }
  const rest: Rule = {
    action: list === 'allow' ? denied : 'allowed',
    by: first,
    word: wordsOf(first.value)[0] ?? '',
  };
  const of = (call: string): Verdict => {
    const { action, by, word } = rules.get(call) ?? rest;
    return { is: action, by, word };
  };
  const kill = [rest, ...rules.values()].find((it) => it.action === 'killed');
  return { list, of, kills: kill?.by };
}

const actionOf = (action: string): Verdict['is'] => (action === 'kill' ? 'killed' : 'refused');
