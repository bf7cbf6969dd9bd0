/**
 * The answer to a probe. Absent is a value: the host was asked, and there is none. Unknown is never a
 * default: the host could not be asked, and the reason says why.
 */
export type Observation<T> = Known<T> | Unknown;
export type Known<T> = { readonly is: 'value'; readonly value: T } | { readonly is: 'absent' };
export type Unknown = { readonly is: 'unknown'; readonly reason: string };

export const value = <T>(it: T): { readonly is: 'value'; readonly value: T } => ({ is: 'value', value: it });
export const absent = { is: 'absent' } as const;
export const unknown = (reason: string): Unknown => ({ is: 'unknown', reason });
