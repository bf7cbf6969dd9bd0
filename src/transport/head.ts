/** The output of one stream, parted at a mark: noise of the login before it, the script's own bytes after it. */
export interface Head {
  /** Takes a chunk, and returns the part of it that is the script's. */
  add(chunk: Buffer): Buffer;
  /** Whether the mark has come. */
  found(): boolean;
  /** What came before the mark, as text. */
  noise(): string;
  /** Removes the first `text` from the noise; false if it is not there. */
  take(text: string): boolean;
  /** Bytes after the mark. */
  size(): number;
  /** All bytes after the mark. */
  rest(): Buffer;
}

/** A login that talks more than this before the shell starts is only kept in part. */
const maxNoise = 64 * 1024;
const empty = Buffer.alloc(0);

export function createHead(mark: string): Head {
  const line = Buffer.from(`${mark}\n`);
  let before: Buffer | undefined = empty;
  let noise = '';
  const chunks: Buffer[] = [];
  let size = 0;
  const keep = (chunk: Buffer) => {
    if (chunk.length === 0) return chunk;
    chunks.push(chunk);
    size += chunk.length;
    return chunk;
  };
  return {
    add(chunk) {
      if (before === undefined) return keep(chunk);
      const all = before.length === 0 ? chunk : Buffer.concat([before, chunk]);
      const at = all.indexOf(line);
      if (at === -1) {
        before = all.subarray(Math.max(0, all.length - maxNoise));
        return empty;
      }
      before = undefined;
      noise = all.toString('utf8', 0, at);
      return keep(all.subarray(at + line.length));
    },
    found: () => before === undefined,
    noise: () => (before === undefined ? noise : before.toString('utf8')).trim(),
    take(text) {
      const at = before?.indexOf(text) ?? -1;
      if (before === undefined || at === -1) return false;
      before = Buffer.concat([before.subarray(0, at), before.subarray(at + Buffer.byteLength(text))]);
      return true;
    },
    size: () => size,
    rest: () => (chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, size)),
  };
}
