import { describe, expect, it } from 'vitest';
import { chooseSubnet, freeAddresses } from '../../src/lab/network.ts';
import { parseHolder, PortTakenError, withFreePort } from '../../src/lab/ports.ts';
import { createServer } from 'node:net';

describe('chooseSubnet', () => {
  it('begins where the id of the lab says', () => {
    expect(chooseSubnet(['default', '192.0.2.0/24'], '07ffffff')).toBe('10.213.7');
    expect(chooseSubnet([], 'ff000000')).toBe('10.213.255');
  });

  it('goes past what has a route, of whatever size', () => {
    expect(chooseSubnet(['10.213.7.0/24'], '07000000')).toBe('10.213.8');
    expect(chooseSubnet(['10.213.7.33'], '07000000')).toBe('10.213.8');
    expect(chooseSubnet(['10.213.0.0/17'], '07000000')).toBe('10.213.128');
    expect(chooseSubnet(['10.213.128.0/17'], 'ff000000')).toBe('10.213.0');
  });

  it('gives up where one route covers all', () => {
    expect(() => chooseSubnet(['10.0.0.0/8'], '00000000')).toThrow(/every network of 10\.213/);
  });
});

describe('freeAddresses', () => {
  it('goes on beside the containers there are, of whatever release', () => {
    expect(freeAddresses('10.213.7', new Set(), 2)).toEqual(['10.213.7.11', '10.213.7.12']);
    expect(freeAddresses('10.213.7', new Set(['10.213.7.11', '10.213.7.13']), 2)).toEqual([
      '10.213.7.12',
      '10.213.7.14',
    ]);
  });

  it('ends with the network', () => {
    expect(freeAddresses('10.213.7', new Set(), 244).at(-1)).toBe('10.213.7.254');
    expect(() => freeAddresses('10.213.7', new Set(['10.213.7.11']), 244)).toThrow(
      "244 more containers don't fit beside the lab's 1",
    );
  });
});

describe('withFreePort', () => {
  it('tries the next port when somebody was quicker', async () => {
    const tried: number[] = [];
    const port = await withFreePort(undefined, new Set(), async (p) => {
      tried.push(p);
      if (tried.length < 3) throw new PortTakenError('taken');
      return p;
    });
    expect(tried).toHaveLength(3);
    expect(tried.at(-1)).toBe(port);
  });

  it('does not take a port of another host of the lab, even if that is off', async () => {
    const first = await withFreePort(undefined, new Set(), async (p) => p);
    expect(await withFreePort(undefined, new Set([first]), async (p) => p)).not.toBe(first);
  });

  it('says who has the port that the caller insists on', async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) =>
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        resolve(typeof address === 'object' && address ? address.port : 0);
      }),
    );
    const taken = withFreePort(port, new Set(), async (p) => p);
    await expect(taken).rejects.toThrow(`port ${port} of 127.0.0.1 is taken`);
    server.close();
  });

  it('passes on any other failure', async () => {
    const failing = withFreePort(undefined, new Set(), () => Promise.reject(new Error('no disk')));
    await expect(failing).rejects.toThrow('no disk');
  });
});

it('parseHolder reads a line of ss', () => {
  const line = 'LISTEN 0 128 127.0.0.1:22201 0.0.0.0:* users:(("qemu-system-x86",pid=812,fd=13))';
  expect(parseHolder(line)).toBe('qemu-system-x86 (pid 812)');
  expect(parseHolder('')).toBeUndefined();
});
