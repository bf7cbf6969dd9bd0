/** As much of a text as fits into so many cells. */
export function firstColumns(text: string, limit: number): string {
  let kept = '';
  let used = 0;
  for (const char of text) {
    used += width(char);
    if (used > limit) break;
    kept += char;
  }
  return kept;
}

/** Terminal cells of a text without colours. */
export function columns(text: string): number {
  let sum = 0;
  for (const char of text) sum += width(char);
  return sum;
}

/** Terminal cells of one character: none for combining marks, two for East Asian wide forms and emoji. */
export function width(char: string): number {
  if (char <= '~') return 1;
  if (/[\p{Mn}\p{Me}\p{Cf}]/u.test(char)) return 0;
  const wide =
    /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|[\u{20000}-\u{3fffd}]/u;
  return wide.test(char) ? 2 : 1;
}
