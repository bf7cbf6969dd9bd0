import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseFrames } from '../../src/observe/frames.ts';

const nonce = 'c0ffee';
const frame = (key: string, bytes: Uint8Array) => Buffer.concat([Buffer.from(`\n@${nonce} ${key}\n`), bytes]);

describe('parseFrames', () => {
  it('gives back every frame byte for byte, whatever it holds', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 }), (contents) => {
        const output = Buffer.concat([
          ...contents.map((it, i) => frame(`p${i} content`, it)),
          frame('end', Buffer.alloc(0)),
        ]);
        const frames = parseFrames(output, nonce);
        expect(frames.complete).toBe(true);
        contents.forEach((it, i) => expect(frames.bytes(`p${i} content`)?.equals(it)).toBe(true));
      }),
    );
  });

  it('is not fooled by content that looks like a frame of another trip', () => {
    const output = Buffer.concat([
      frame('p0 content', Buffer.from('\n@deadbeef p1 absent\n')),
      frame('end', Buffer.alloc(0)),
    ]);
    expect(parseFrames(output, nonce).bytes('p1 absent')).toBeUndefined();
  });

  it('knows an answer that was cut short at any byte', () => {
    const whole = Buffer.concat([frame('p0 content', Buffer.from('abc')), frame('end', Buffer.alloc(0))]);
    for (let n = 0; n < whole.length; n += 1)
      expect(parseFrames(whole.subarray(0, n), nonce).complete).toBe(false);
    expect(parseFrames(whole, nonce).complete).toBe(true);
  });
});
