import { distance } from 'fastest-levenshtein';

/** The candidate that was probably meant, if one is near enough. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const allowed = Math.max(word.length >= 5 ? 2 : 1, Math.floor(word.length / 3));
  let best: string | undefined;
  let bestDistance = allowed + 1;
  for (const candidate of candidates) {
    if (candidate === word || Math.abs(candidate.length - word.length) > allowed) continue;
    // Swapped letters are one slip, though two edits.
    const d = isShuffled(word, candidate) ? 1 : distance(word.toLowerCase(), candidate.toLowerCase());
    if (d < bestDistance) {
      best = candidate;
      bestDistance = d;
    }
  }
  return best;
}

/** `did you mean "mode"?`, or nothing. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const best = nearest(word, candidates);
  return best === undefined ? undefined : `did you mean "${best}"?`;
}

function isShuffled(a: string, b: string): boolean {
  return a.length === b.length && a.length <= 6 && letters(a) === letters(b);
}

function letters(text: string): string {
  return Array.from(text.toLowerCase()).toSorted().join('');
}
