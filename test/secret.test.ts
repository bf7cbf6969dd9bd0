import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { redactOutput } from '../src/cli/redact.ts';
import { redact, Secret, shownLine, shownVariable } from '../src/secret.ts';

it('every rendering of a secret is a placeholder', () => {
  const secret = new Secret('hunter2-hunter2');
  const all = [
    String(secret),
    [secret].join(''),
    JSON.stringify({ secret }),
    inspect({ secret }, { depth: 9 }),
  ];
  for (const text of [...all, JSON.stringify(Object.entries(secret))]) expect(text).not.toContain('hunter2');
  expect(secret.reveal()).toBe('hunter2-hunter2');
});

describe('what was read is taken out of a text', () => {
  const behind = (before: string, value: string) => Buffer.from(`${before}${value}yz`).toString('base64');
  const forms: Readonly<Record<string, (value: string) => string>> = {
    'as it is': (value) => value,
    'in JSON': (value) => JSON.stringify(value).slice(1, -1),
    'for a shell': (value) => value.replaceAll("'", "'\\''"),
    'in a URL': (value) => encodeURIComponent(value),
    'in hexadecimal': (value) => Buffer.from(value).toString('hex'),
    'in base64': (value) => behind('', value),
    'in base64 behind a byte': (value) => behind('x', value),
    'in base64 behind two': (value) => behind('xx', value),
  };
  it.each(Object.entries(forms))('%s', (_, form) => {
    const value = `it's "q\\uot€d" ${randomBytes(6).toString('hex')}`;
    const text = `before ${form(value)} and ${form(value)} behind`;
    // Nothing else of the text is touched, and nothing as long as nobody has read it.
    expect(redact(text)).toBe(text);
    new Secret(() => value).reveal();
    const [, one, other] = /^before (.*) and (.*) behind$/s.exec(redact(text)) ?? [];
    for (const left of [one, other]) {
      expect(left).toContain('(secret)');
      // Of base64 the characters that other bytes decide, too.
      expect(left?.replace('(secret)', '').length).toBeLessThanOrEqual(7);
    }
  });

  it('on its way to a stream', () => {
    const written: unknown[] = [];
    const stream = { write: (...args: unknown[]) => written.push(args) > 0 };
    redactOutput(stream);
    const { value } = { value: `pw-${randomBytes(6).toString('hex')}` };
    stream.write(`${value}\n`);
    new Secret(value).reveal();
    stream.write(`${value}\n`, 'utf8');
    expect(written).toEqual([[`${value}\n`], ['(secret)\n', 'utf8']]);
  });

  it('but for what is as short as a word', () => {
    new Secret('named').reveal();
    expect(redact('restart named')).toBe('restart named');
  });
});

it('a line of a file is shown without the password in it', () => {
  const shown = {
    'ansible_become_password: hunter2': 'ansible_become_password: (secret)',
    '  "ansible_ssh_pass": "hunter2",': '  "ansible_ssh_pass": (secret)',
    'ns1: { ansible_password: hunter2, x: 1 }': 'ns1: { ansible_password: (secret)',
    'ns1 ansible_become_pass=hunter2 x=1': 'ns1 ansible_become_pass=(secret)',
    'ansible_become_password: { env: SUDO }': 'ansible_become_password: { env: SUDO }',
    '{"ansible_become_password": {"env": "SUDO"}}': '{"ansible_become_password": {"env": "SUDO"}}',
    'ansible_become_pass={{ vault }}': 'ansible_become_pass={{ vault }}',
    'ansible_become_password: "{{ vault }}"': 'ansible_become_password: "{{ vault }}"',
    'ansible_become: true': 'ansible_become: true',
  };
  expect(Object.keys(shown).map(shownLine)).toEqual(Object.values(shown));
});

it('a password is shown only as where it comes from', () => {
  const of = (value: unknown) => shownVariable('ansible_become_password', value);
  expect([of('hunter2'), of('{{ a }}x{{ b }}'), of(1234), of({ env: 'SUDO', or: 'hunter2' })]).toEqual(
    Array.from({ length: 4 }, () => '(secret)'),
  );
  expect([of({ env: 'SUDO' }), of('{{ vault.sudo }}')]).toEqual([{ env: 'SUDO' }, '{{ vault.sudo }}']);
  expect(shownVariable('zones', '/srv')).toBe('/srv');
});
