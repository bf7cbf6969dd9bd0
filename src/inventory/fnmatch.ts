/** A shell pattern as Python's fnmatch reads it: `*`, `?`, `[abc]`, `[!abc]`; everything else is literal. */
export function fnmatch(pattern: string): RegExp {
  let source = '';
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern.charAt(i);
    if (char === '*') {
      if (!source.endsWith('.*')) source += '.*';
    } else if (char === '?') source += '.';
    else if (char === '[') {
      const negated = pattern.charAt(i + 1) === '!';
      const start = i + (negated ? 2 : 1);
      // A "]" in the first place stands for itself.
      const end = pattern.indexOf(']', start + 1);
      if (end < 0) {
        source += '\\[';
        continue;
      }
      const set = orderedRanges(pattern.slice(start, end)).replaceAll(/[\\\]^]/g, '\\$&');
      source += `[${negated ? '^' : ''}${set}]`;
      i = end;
    } else source += escape(char);
  }
  return new RegExp(`^(?:${source})$`, 's');
}

function escape(char: string): string {
  return char.replace(/[\\^$.*+?()[\]{}|/-]/, '\\$&');
}

/** A backward range such as `z-a` matches nothing; JavaScript would refuse the whole expression. */
function orderedRanges(set: string): string {
  return set.replaceAll(/(.)-(.)/gs, (range, from: string, to: string) => (from <= to ? range : ''));
}

/** Whether a name is a shell pattern at all. */
export function isGlob(pattern: string): boolean {
  return /[*?[]/.test(pattern);
}
