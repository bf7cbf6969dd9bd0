import type { Line } from '../events.ts';

/** An event as a line of JSON. Bytes of files are text where they are UTF-8, else base64. */
export const ndjson = (line: Line): string =>
  JSON.stringify(line, (_, it: unknown) => (isBytes(it) ? text(Buffer.from(it.data)) : it));

const isBytes = (it: unknown): it is { readonly type: 'Buffer'; readonly data: readonly number[] } =>
  typeof it === 'object' && it !== null && 'type' in it && it.type === 'Buffer' && 'data' in it;

function text(bytes: Buffer): string | { readonly base64: string } {
  const utf8 = bytes.toString('utf8');
  return Buffer.from(utf8, 'utf8').equals(bytes) ? utf8 : { base64: bytes.toString('base64') };
}
