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
