const sizes: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/**
 * Reads a span of time such as `30m`.
 * @param units those that may be used, of `s`, `m`, `h`, `d` and `w`
 * @returns seconds; undefined for what is no span, and for none at all
 */
export function spanSeconds(text: string, units: string): number | undefined {
  const [, count = '', unit = ''] = /^([1-9]\d{0,5})([a-z])$/.exec(text) ?? [];
  const size = sizes[unit];
  return size === undefined || !units.includes(unit) ? undefined : Number(count) * size;
}

/** Seconds in the two largest units that matter. */
export function spanText(seconds: number): string {
  const whole = Math.ceil(seconds);
  const [d, h, m, s] = [
    Math.floor(whole / 86_400),
    Math.floor(whole / 3600) % 24,
    Math.floor(whole / 60) % 60,
    whole % 60,
  ];
  const parts = [`${d}d`, `${h}h`, `${m}m`, `${s}s`];
  const from = [d, h, m, s].findIndex((it) => it > 0);
  if (from < 0) return '0s';
  const second = [d, h, m, s][from + 1];
  return second === undefined || second === 0 ? (parts[from] ?? '') : `${parts[from]} ${parts[from + 1]}`;
}
