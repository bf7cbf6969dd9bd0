/** Why an expression cannot be meant as written, and what to write. */
export interface ExpressionTrouble {
  readonly message: string;
  readonly hint?: string;
  /** The part of the expression that the message is about. */
  readonly find: string;
}

const token =
  /"[^"]*"|'[^']*'|==|!=|<>|<=|>=|&&|\|\||[<>=|(),~!+*/%]|\.\.|-?\d+(?:\.\d+)?|-?[A-Za-z_][\w-]*(?:\.(?!\.)[\w-]+|\[[^\]]*\])*\??|[^\s]/g;

const operators = new Set(['==', '!=', '<', '>', '<=', '>=', 'contains', 'and', 'or', '..', '<>']);

/** Words and signs that other languages have here. */
const foreign: Readonly<Record<string, string>> = {
  is: 'there are no tests such as "is defined": give the variable a value in group_vars/all.yml',
  in: 'write it the other way round: LIST contains ITEM',
  '&&': 'write "and"',
  '||': 'write "or"',
  '=': 'write "=="',
  '!': 'write "not"',
  '<>': 'write "!="',
  '~': 'write the texts side by side: "{{ a }}{{ b }}", or use a filter: a | append: b',
  '+': 'there is no arithmetic: use a filter such as a | plus: 1',
  '*': 'there is no arithmetic: use a filter such as a | times: 2',
  '/': 'there is no arithmetic: use a filter such as a | divided_by: 2',
  '%': 'there is no arithmetic: use a filter such as a | modulo: 2',
};

/**
 * Liquid reads past what it does not understand: `a is defined` is `a`, and `a and b or c` goes from right to
 * left. For a tool that decides about production by such a line both are errors.
 */
export function expressionTrouble(expression: string): ExpressionTrouble | undefined {
  const tokens: readonly string[] = expression.match(token) ?? [];
  const pipe = tokens.indexOf('|');
  const filter = /\|\s*(\w+)\s*\(/.exec(expression);
  if (filter !== null)
    return {
      message: `the arguments of the filter "${filter[1]}" stand behind a colon`,
      hint: `write ${filter[1]}: …, without brackets`,
      find: filter[1] ?? '|',
    };
  return sequenceTrouble(pipe < 0 ? tokens : tokens.slice(0, pipe));
}

function sequenceTrouble(tokens: readonly string[]): ExpressionTrouble | undefined {
  if (tokens.length === 0) return { message: 'there is nothing between the braces', find: '{{' };
  const joined: Set<string>[] = [new Set()];
  let wants: 'value' | 'operator' = 'value';
  for (const text of tokens) {
    if (wants === 'value') {
      if (text === 'not') continue;
      if (text === '(') joined.push(new Set());
      else if (isValue(text)) wants = 'operator';
      else return unexpected(text);
      continue;
    }
    if (text === ')' && joined.length > 1) joined.pop();
    else if (operators.has(text) && text !== '<>') {
      const level = joined.at(-1);
      if (text === 'and' || text === 'or') level?.add(text);
      if (level?.size === 2)
        return {
          message: '"and" and "or" in one condition need brackets',
          hint: 'write (a and b) or c, or a and (b or c)',
          find: text,
        };
      wants = 'value';
    } else return unexpected(text);
  }
  const last = tokens.at(-1) ?? '';
  if (wants === 'value') return { message: `a value is missing behind "${last}"`, find: last };
  if (joined.length > 1) return { message: 'a bracket "(" is not closed', find: '(' };
  return undefined;
}

function isValue(text: string): boolean {
  return /^["'\w]|^-\w/.test(text) && !operators.has(text);
}

function unexpected(text: string): ExpressionTrouble {
  const hint = Object.hasOwn(foreign, text) ? foreign[text] : undefined;
  const message = `"${text}" cannot stand here`;
  return {
    message,
    hint: hint ?? 'operators: == != < > <= >= contains and or not',
    find: text,
  };
}
