import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { shellSource } from '../../src/observe/observe.ts';

const events = (input: string): readonly string[] =>
  execFileSync('sh', ['-c', `${shellSource('bind/health.sh')}\ndenied_events`], {
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
    input,
    encoding: 'utf8',
  })
    .split('\n')
    .filter(Boolean);

const trail = (name: string) =>
  readFileSync(new URL(`../fixtures/audit/${name}.txt`, import.meta.url), 'latin1');

it('health counts every kind of denial, those of capabilities and sockets too', () => {
  expect(events(trail('rndc-under-AppArmorProfile'))).toEqual([
    'named capable "dac_override"',
    'named capable "dac_read_search"',
  ]);
  const records = trail('e2-perl-enforce');
  const of = (text: string) => new Set([...text.matchAll(/operation="([^"]*)"/g)].map(([, it]) => it));
  const seen = events(records);
  expect(new Set(seen.map((it) => it.split(' ')[1]))).toEqual(of(records));
  expect(seen).toEqual(
    expect.arrayContaining([
      'named open "/etc/shadow"',
      'named mount "/mnt/"',
      'named create "bluetooth"',
      'named ptrace "unconfined"',
    ]),
  );
});

it('the same denial of a process of another number is the same', () => {
  const record = (pid: number) =>
    `type=AVC msg=audit(1.${pid}:2): apparmor="DENIED" operation="open" class="file" profile="named" name="/proc/${pid}/environ" pid=${pid} comm="named" requested_mask="r" denied_mask="r"\n`;
  expect(events(record(101) + record(202))).toEqual(['named open "/proc/@{pid}/environ"']);
});
