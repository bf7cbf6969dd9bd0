/**
 * Text of a record for a terminal: names in it are anybody's choice, so what would steer the terminal, or look like
 * another line, is shown by its number.
 */
export const shown = (text: string): string =>
  text.replace(
    /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu,
    (it) => `\\u${it.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
