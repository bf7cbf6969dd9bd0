/** What a host pattern of an inventory stands for, or why it stands for nothing. */
export type Expanded =
  | { readonly is: 'names'; readonly names: readonly string[] }
  | { readonly is: 'bad'; readonly reason: string };

/** More hosts than this in one line are a typing mistake. */
const maxNames = 65_536;

const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** Expands `ns[01:20].example.org`, `[a:f]` and `[1:10:2]`; several ranges in one name multiply. */
export function expandRanges(pattern: string): Expanded {
  const open = pattern.indexOf('[');
  if (open < 0) return pattern.includes(']') ? bad('"]" without "["') : { is: 'names', names: [pattern] };
  const close = pattern.indexOf(']', open);
  if (close < 0) return bad('"[" without "]"');
  const range = expandOne(pattern.slice(open + 1, close));
  if (range.is === 'bad') return range;
  const rest = expandRanges(pattern.slice(close + 1));
  if (rest.is === 'bad') return rest;
  if (range.names.length * rest.names.length > maxNames) return bad(`more than ${maxNames} hosts`);
  const head = pattern.slice(0, open);
  return {
    is: 'names',
    names: range.names.flatMap((middle) => rest.names.map((tail) => head + middle + tail)),
  };
}

function expandOne(range: string): Expanded {
  const parts = range.split(':');
  const [from = '', to = '', stepText = '1'] = parts;
  if (parts.length < 2 || parts.length > 3 || to === '')
    return bad(`"[${range}]" is no range: write [first:last] or [first:last:step]`);
  const step = /^\d+$/.test(stepText) ? Number(stepText) : 0;
  if (step < 1) return bad(`the step of "[${range}]" must be a number above 0`);
  if (/^\d*$/.test(from) && /^\d+$/.test(to)) return numbers(range, from || '0', to, step);
  const first = letters.indexOf(from);
  const last = letters.indexOf(to);
  if (from.length !== 1 || to.length !== 1 || first < 0 || last < 0)
    return bad(`the ends of "[${range}]" must be two numbers, or two letters`);
  if (last < first) return bad(`"[${range}]" runs backwards`);
  return {
    is: 'names',
    names: Array.from(letters)
      .slice(first, last + 1)
      .filter((_, i) => i % step === 0),
  };
}

function numbers(range: string, from: string, to: string, step: number): Expanded {
  const padded = from.length > 1 && from.startsWith('0');
  if (padded && from.length !== to.length)
    return bad(`the ends of "[${range}]" must have the same number of digits`);
  const first = Number(from);
  const last = Number(to);
  if (last < first) return bad(`"[${range}]" runs backwards`);
  if ((last - first) / step >= maxNames) return bad(`more than ${maxNames} hosts`);
  const names: string[] = [];
  for (let n = first; n <= last; n += step) names.push(String(n).padStart(padded ? from.length : 0, '0'));
  return { is: 'names', names };
}

function bad(reason: string): Expanded {
  return { is: 'bad', reason };
}
