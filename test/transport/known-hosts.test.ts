import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import {
  fingerprint,
  hostLookup,
  judge,
  keyType,
  knownTypes,
  linesFor,
  matchesGlob,
  parseKnownHosts,
} from '../../src/transport/known-hosts.ts';
import type { KnownHostsFile } from '../../src/transport/known-hosts.ts';
import { shell } from '../support/shell.ts';

/** A key of a type that need not be a real one: its blob begins with its type, as all do. */
function key(type: string, seed: number): string {
  const name = Buffer.from(type);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(name.length);
  return Buffer.concat([length, name, Buffer.alloc(4), Buffer.from([seed])]).toString('base64');
}

const ed = (seed: number) => `ssh-ed25519 ${key('ssh-ed25519', seed)}`;
const blob = (line: string) => Buffer.from(line.split(' ')[1] ?? '', 'base64');

function read(...lines: string[]): KnownHostsFile {
  return parseKnownHosts(lines.join('\n'), '/kh');
}

function verdict(
  file: KnownHostsFile | readonly KnownHostsFile[],
  address: string,
  port: number,
  line: string,
) {
  return judge([file].flat(), hostLookup(address, port, undefined), blob(line));
}

describe('a verdict', () => {
  it('knows plain names, whatever their case, and lists of them', () => {
    const file = read('# comment', '', `NS1.example,10.0.0.1 ${ed(1)} root@ns1`);
    expect(verdict(file, 'ns1.Example', 22, ed(1))).toMatchObject({ is: 'known', entry: { line: 3 } });
    expect(verdict(file, '10.0.0.1', 22, ed(1)).is).toBe('known');
    expect(verdict(file, 'ns2.example', 22, ed(1)).is).toBe('unknown');
  });

  it('keeps ports apart, but takes the same key of the same host without its port', () => {
    const file = read(`[ns1]:2222 ${ed(1)}`, `ns1 ${ed(2)}`);
    expect(verdict(file, 'ns1', 2222, ed(1)).is).toBe('known');
    expect(verdict(file, 'ns1', 2222, ed(2)).is).toBe('changed');
    expect(verdict(file, 'ns1', 2200, ed(2)).is).toBe('known');
    expect(verdict(file, 'ns1', 2200, ed(1)).is).toBe('unknown');
    expect(verdict(file, 'ns1', 22, ed(1)).is).toBe('changed');
  });

  it('follows patterns, and a negated one ends its line', () => {
    const file = read(`*.example,!evil.example ${ed(1)}`, `10.0.0.? ${ed(2)}`);
    expect(verdict(file, 'ns1.example', 22, ed(1)).is).toBe('known');
    expect(verdict(file, 'evil.example', 22, ed(1)).is).toBe('unknown');
    expect(verdict(file, '10.0.0.7', 22, ed(2)).is).toBe('known');
    expect(verdict(file, '10.0.0.77', 22, ed(2)).is).toBe('unknown');
  });

  it('knows several keys of one host, and says which lines had others', () => {
    const rsa = `ssh-rsa ${key('ssh-rsa', 1)}`;
    const file = read(`ns1 ${ed(1)}`, `ns1 ${rsa}`);
    expect(verdict(file, 'ns1', 22, rsa).is).toBe('known');
    expect(verdict(file, 'ns1', 22, ed(9))).toMatchObject({
      is: 'changed',
      entries: [{ line: 1 }, { line: 2 }],
    });
  });

  it('puts a revocation above everything', () => {
    const file = read(`ns1 ${ed(1)}`, `@revoked * ${ed(1)}`, `@revoked other ${ed(2)}`, `ns1 ${ed(2)}`);
    expect(verdict(file, 'ns1', 22, ed(1))).toMatchObject({ is: 'revoked', entry: { line: 2 } });
    expect(verdict(file, 'ns1', 22, ed(2)).is).toBe('known');
    expect(verdict([read(`ns1 ${ed(1)}`), read(`@revoked ns1 ${ed(1)}`)], 'ns1', 22, ed(1)).is).toBe(
      'revoked',
    );
  });

  it('never takes an authority for a key', () => {
    const file = read(`@cert-authority *.example ${ed(1)}`, `@other ns1.example ${ed(1)}`);
    expect(verdict(file, 'ns1.example', 22, ed(1))).toMatchObject({ is: 'unknown', authority: { line: 1 } });
  });

  it('looks under an alias alone', () => {
    const file = read(`ns1 ${ed(1)}`, `lab ${ed(2)}`);
    expect(judge([file], hostLookup('ns1', 2222, 'LAB'), blob(ed(2))).is).toBe('known');
    expect(judge([file], hostLookup('ns1', 22, 'lab'), blob(ed(1))).is).toBe('changed');
  });

  it('passes over lines that are none', () => {
    const file = read(
      'ns1',
      'ns1 ssh-ed25519',
      'ns1 ssh-ed25519 AAAA',
      `ns1 ssh-rsa ${key('ssh-ed25519', 1)}`,
      '|1|x ssh',
    );
    expect(verdict(file, 'ns1', 22, ed(1)).is).toBe('unknown');
  });
});

it('the types by which a host is known come from its own lines', () => {
  const file = read(
    `ns1 ${ed(1)}`,
    `ns1 ssh-rsa ${key('ssh-rsa', 1)}`,
    `ns2 ssh-rsa ${key('ssh-rsa', 2)}`,
    `@revoked ns2 ${ed(3)}`,
  );
  expect(knownTypes([file], hostLookup('ns1', 22, undefined))).toEqual(['ssh-ed25519', 'ssh-rsa']);
  expect(knownTypes([file], hostLookup('ns2', 2222, undefined))).toEqual(['ssh-rsa']);
  expect(knownTypes([file], hostLookup('ns3', 22, undefined))).toEqual([]);
});

/** The line numbers that `ssh-keygen -F` finds. */
function oracle(file: string, name: string): number[] {
  const done = spawnSync('ssh-keygen', ['-F', name, '-f', file], { encoding: 'utf8' });
  return [...done.stdout.matchAll(/found: line (\d+)/g)].map((match) => Number(match[1]));
}

describe('against ssh-keygen', () => {
  let folder: string;
  const names = [
    'ns1',
    'ns2.example',
    'a.b.example',
    '10.0.0.1',
    '[ns1]:2222',
    '[10.0.0.1]:22022',
    'fe80::1',
  ];
  const keys: string[] = [];
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'confine-t-kh-'));
    for (const type of ['ed25519', 'ecdsa']) {
      for (const i of [1, 2]) {
        const path = join(folder, `${type}${i}`);
        shell('ssh-keygen', ['-q', '-t', type, '-N', '', '-f', path]);
        keys.push(readFileSync(`${path}.pub`, 'utf8').split(' ').slice(0, 2).join(' '));
      }
    }
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const pattern = fc.oneof(
    fc.constantFrom(
      ...names,
      '*',
      '*.example',
      '10.0.0.?',
      '!ns1',
      '!*.example',
      '[*]:2222',
      '?s1',
      'ns*',
      'NS1',
      '[ns1]:*',
    ),
    fc.string({ unit: fc.constantFrom('n', 's', '1', '*', '?', '.', 'e', '!'), minLength: 1, maxLength: 5 }),
  );
  const line = fc.record({
    marker: fc.constantFrom('', '', '', '@revoked ', '@cert-authority '),
    hosts: fc.array(pattern, { minLength: 1, maxLength: 4 }),
    key: fc.nat({ max: 3 }),
  });

  it('the same lines name a host', () => {
    const file = join(folder, 'plain');
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 1, maxLength: 8 }),
        fc.constantFrom(...names),
        (lines, name) => {
          const text = lines.map((l) => `${l.marker}${l.hosts.join(',')} ${keys[l.key]}\n`).join('');
          writeFileSync(file, text);
          expect(linesFor(parseKnownHosts(text, file), name).map((entry) => entry.line)).toEqual(
            oracle(file, name),
          );
        },
      ),
      { numRuns: 150 },
    );
  });

  it('a hashed file says the same as the plain one', () => {
    const file = join(folder, 'hashed');
    const text = names.map((name, i) => `${name} ${keys[i % 4]}\n`).join('');
    writeFileSync(file, text);
    shell('ssh-keygen', ['-q', '-H', '-f', file]);
    const hashed = parseKnownHosts(readFileSync(file, 'utf8'), file);
    expect(hashed.hashed).toHaveLength(names.length);
    for (const [i, name] of names.entries()) {
      expect(linesFor(hashed, name).map((entry) => entry.line)).toEqual([i + 1]);
      expect(oracle(file, name)).toEqual([i + 1]);
    }
    expect(linesFor(hashed, 'ns3')).toEqual([]);
  });

  it('the same fingerprint', () => {
    const path = join(folder, 'ecdsa1.pub');
    const line = readFileSync(path, 'utf8').split(' ');
    expect(shell('ssh-keygen', ['-l', '-f', path]).split(' ')[1]).toBe(fingerprint(line[1] ?? ''));
    expect(keyType(Buffer.from(line[1] ?? '', 'base64'))).toBe('ecdsa-sha2-nistp256');
  });
});

it('a pattern matches as its regular expression does', () => {
  const unit = fc.constantFrom('a', 'b', '*', '?', '.');
  fc.assert(
    fc.property(
      fc.string({ unit, maxLength: 8 }),
      fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 8 }),
      (p, n) => {
        const source = p.replace(/[.*?]/g, (c) => (c === '*' ? '.*' : c === '?' ? '.' : '\\.'));
        expect(matchesGlob(p, n)).toBe(new RegExp(`^${source}$`).test(n));
      },
    ),
  );
});

it('a pattern of many stars is still quick', () => {
  const started = performance.now();
  expect(matchesGlob('*a'.repeat(50) + 'b', 'a'.repeat(5000))).toBe(false);
  expect(performance.now() - started).toBeLessThan(1000);
});
