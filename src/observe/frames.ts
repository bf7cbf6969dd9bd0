/** The answer of a trip: bytes by frame key. Frames that were sent several times keep their order. */
export interface Frames {
  readonly complete: boolean;
  /** Bytes of the frame, or undefined where the host sent none. */
  bytes(key: string): Buffer | undefined;
  /** Text of the frame without its last newline. */
  text(key: string): string | undefined;
  /** Keys that start with the prefix, in the order in which they came. */
  keys(prefix: string): readonly string[];
}

/**
 * Cuts the output of an observe trip into frames.
 *
 * A frame opens with the line `@NONCE KEY`; `frame` in frame.sh puts a newline before it, which belongs to
 * no frame. The last frame is `end`: without it the output was cut short.
 */
export function parseFrames(output: Buffer, nonce: string): Frames {
  const frames = new Map<string, Buffer>();
  const marker = Buffer.from(`\n@${nonce} `);
  let at = output.indexOf(marker);
  while (at >= 0) {
    const keyStart = at + marker.length;
    const keyEnd = output.indexOf(0x0a, keyStart);
    if (keyEnd < 0) break;
    const next = output.indexOf(marker, keyEnd);
    const key = output.toString('utf8', keyStart, keyEnd);
    frames.set(key, output.subarray(keyEnd + 1, next < 0 ? output.length : next));
    at = next;
  }
  return framesOf(frames);
}

/** Frames by their key, in this order. */
export function framesOf(frames: ReadonlyMap<string, Buffer>): Frames {
  return {
    complete: frames.has('end'),
    bytes: (key) => frames.get(key),
    text: (key) => frames.get(key)?.toString('utf8').replace(/\n$/, ''),
    keys: (prefix) => [...frames.keys()].filter((key) => key.startsWith(prefix)),
  };
}
