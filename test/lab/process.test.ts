import { spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { childrenOf, end, identify, isRunning, parseStat } from '../../src/lab/process.ts';
import { lastLines } from '../../src/lab/run.ts';

const tail = '0 0 0 0 0 0 0 0 0 0 0 0 0 0 1 0 777 1000 5';

describe('parseStat', () => {
  it('is not taken in by a name with spaces and parentheses', () => {
    expect(parseStat(`12 (a) b) S 1 ${tail.slice(2)}`)).toMatchObject({ state: 'S', parent: 1 });
    expect(parseStat(`4 (sh) Z 3 4 4 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 421077 0`)).toEqual({
      state: 'Z',
      parent: 3,
      startTime: '421077',
    });
  });

  it('gives nothing for a line that was cut', () => {
    expect(parseStat('')).toBeUndefined();
    expect(parseStat('4 (sh) S 3')).toBeUndefined();
  });
});

describe('a process', () => {
  it('is known by more than its pid', async () => {
    const me = await identify(process.pid);
    if (!me) throw new Error('this process is not there');
    expect(await isRunning(me)).toBe(true);
    expect(await isRunning({ ...me, startTime: `${me.startTime}1` })).toBe(false);
    expect(await isRunning({ ...me, bootId: 'another boot' })).toBe(false);
  });

  it('is not ended when the pid is somebody else by now', async () => {
    const me = await identify(process.pid);
    if (!me) throw new Error('this process is not there');
    expect(await end({ ...me, startTime: '1' }, 'SIGKILL')).toBe(true);
    expect(await isRunning(me)).toBe(true);
  });

  it('is found among its parent’s children, and ends', async () => {
    const child = spawn('sleep', ['60'], { stdio: 'ignore' });
    const [me, id] = [await identify(process.pid), await identify(child.pid ?? 0)];
    if (!me || !id) throw new Error('the child is not there');
    expect(await childrenOf(me)).toContain(child.pid);
    expect(await end(id, 'SIGTERM')).toBe(true);
    expect(await isRunning(id)).toBe(false);
  });
});

it('lastLines joins what a tool said last', () => {
  expect(lastLines('a\n\n b \nc\nd\n')).toBe('b | c | d');
  expect(lastLines('')).toBe('');
});
