import type { Event } from '../events.ts';

/** One event as a line of JSON. Bytes of files are text where they are UTF-8, else base64. */
export const ndjson = (event: Event): string => ndjsonLine(event);

/** The same of anything that is an event by itself, such as the status of a host. */
export function ndjsonLine(event: object): string {
  return JSON.stringify(event, (_, it: unknown) => (isBytes(it) ? text(Buffer.from(it.data)) : it));
}

const isBytes = (it: unknown): it is { readonly type: 'Buffer'; readonly data: readonly number[] } =>
  typeof it === 'object' && it !== null && 'type' in it && it.type === 'Buffer' && 'data' in it;

function text(bytes: Buffer): string | { readonly base64: string } {
  const utf8 = bytes.toString('utf8');
  return Buffer.from(utf8, 'utf8').equals(bytes) ? utf8 : { base64: bytes.toString('base64') };
}
