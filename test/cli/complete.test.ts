import { describe, expect, it } from 'vitest';
import { candidates, candidatesText } from '../../src/cli/complete.ts';
import { program as command } from '../../src/cli/program.ts';
import { scratch } from '../support/confine.ts';

const inventory = scratch(
  'hosts.yml',
  'all:\n  children:\n    dns:\n      hosts: { "ns[1:2]": , nx: }\n    web:\n      hosts: { w1: }\n',
);
const broken = scratch('broken.yml', '- hosts: [\n');
const plays = scratch(
  'plays.yml',
  '- hosts: all\n  tags: [slow]\n  tasks:\n    - { package: { names: [a] }, tags: "mode,net" }\n',
);

const program = scratch(
  'site.ts',
  `import { definePlaybook } from 'confine';
throw new Error('it was run');
// tags: 'comment'
const more = ['a'].map((it) => ({ package: { names: [it] }, tags: [\`computed\`, \`x-\${it}\`, it] }));
const plays = { hosts: 'all', "tags": "slow, cheap", tasks: [{ name: "no tags: 'here'", tags: ['mode', 'net',] }, ...more] };
export default definePlaybook([plays]);
`,
);

/** What is offered, or `files`. */
function offered(...words: readonly string[]): string {
  const found = candidates(command(), words);
  return found === 'files' ? found : found.map(({ word }) => word).join(' ');
}

describe('what may stand at the cursor', () => {
  it.each<[readonly string[], string]>([
    [['pl'], 'plan'],
    [['rollout', ''], 'start status advance pause abort'],
    [['lab', 'u'], 'up'],
    [['plan', '--det'], '--detailed-exitcode'],
    [['plan', '--color', ''], 'auto always never'],
    [['plan', '--color=a'], '--color=auto --color=always'],
    [['relax', 'ns1', '--mechanism', 'sec'], 'seccomp'],
    [['schema', 'p'], 'playbook'],
    [['schema', ''], 'playbook inventory events'],
    [['explain', ''], 'conflict unit var'],
    [['explain', 'conflict', ''], ''],
    [['plan', '-M', ''], 'files'],
    [['inventory', '--playbook-dir='], 'files'],
    [['completion', ''], 'bash zsh fish'],
    [['completion', 'bash', ''], ''],
    [['plan', ''], 'files'],
    [['plan', '-i', ''], 'files'],
    [['plan', '--out='], 'files'],
    [['plan', '-M', ''], 'files'],
    [['inventory', '--playbook-dir', ''], 'files'],
    [['plan', '-f', ''], ''],
    [['plan', '--nosuch='], ''],
    [['nosuch', '--x', ''], ''],
  ])('%j: %s', (words, expected) => expect(offered(...words)).toBe(expected));

  it.each<[readonly string[], string]>([
    [['plan', '-i', inventory, '-l', 'n'], 'ns1 ns2 nx'],
    [['plan', `-i${inventory}`, '--limit=dns:!n'], '--limit=dns:!ns1 --limit=dns:!ns2 --limit=dns:!nx'],
    [['plan', `--inventory=${inventory}`, '-l', 'w1,d'], 'w1,dns'],
    [['undo', '-i', inventory, '-y', 'w'], 'web w1'],
    [['inventory', '-i', inventory, '--host', 'w'], 'w1'],
    [['explain', 'var', '-i', inventory, 'n'], 'ns1 ns2 nx'],
    [['explain', 'var', 'ns1', '-i', inventory, 'n'], ''],
    [['status', '-i', '/no/such/file', '-l', ''], ''],
    [['status', '-i', 'a,b,', '-l', ''], 'all ungrouped a b'],
  ])('hosts and groups of the inventory: %j: %s', (words, expected) =>
    expect(offered(...words)).toBe(expected),
  );

  it('tags of the playbooks on the line, and none of one that can’t be read', () => {
    expect(offered('plan', plays, broken, '/no/such/file', '-t', '')).toBe('mode net slow');
    expect(offered('plan', plays, '--skip-tags', 'net,m')).toBe('net,mode');
  });

  it('tags that stand in a playbook in TypeScript, without running it', () => {
    expect(offered('plan', program, '-t', '')).toBe('cheap computed mode net slow');
  });

  it('hosts are those of ./inventory where the line names none', () => {
    expect(offered('status', '-l', 'prim')).toBe('primaries');
  });

  it('comes as a word a line, with what it is', () => {
    expect(candidatesText(candidates(command(), ['expl']))).toMatch(/^explain\texplain a rule[^\n]*\n$/);
    expect(candidatesText('files')).toBe(':files\n');
  });
});
