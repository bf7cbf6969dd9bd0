/** FAULTS_EVERY: one in so many is tried, where somebody has no hours. */
export const every = Number(process.env['FAULTS_EVERY'] ?? 1);

/** Which of several things are tried; numbers count from 0. */
export const some = <T>(all: readonly T[]): readonly (readonly [number, T])[] =>
  [...all.entries()].filter(([i]) => i % every === every - 1);

/** How many of so many are tried; never fewer than a test needs to show anything. */
export const share = (count: number, least = 1): number => Math.max(Math.ceil(count / every), least);
