/**
 * Inventories of many hosts with confine and ansible-inventory, side by side in one run: `npm run bench inventory`.
 * Both start, read, merge and print everything; their answers are compared.
 */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { folder, inTurns, measure } from './turns.ts';

const hosts = Number(process.argv[2] ?? 10_000);
const perGroup = 100;
const rounds = 3;

const groups = Array.from({ length: hosts / perGroup }, (_, g) => ({
  name: `g${g}`,
  vars: { rack: g },
  hosts: Array.from({ length: perGroup }, (_unused, h) => ({
    name: `ns${g}-${h}.example.org`,
    vars: { ansible_host: `10.${g >> 8}.${g & 255}.${h}`, shelf: h, tier: 'gold' },
  })),
}));

const pairs = (vars: Readonly<Record<string, unknown>>, by: string, between: string): string =>
  Object.entries(vars)
    .map(([name, value]) => `${name}${by}${String(value)}`)
    .join(between);
const yaml = groups.map(
  (it) =>
    `${it.name}:\n  vars: { ${pairs(it.vars, ': ', ', ')} }\n  hosts:\n${it.hosts
      .map(({ name, vars }) => `    ${name}: { ${pairs(vars, ': ', ', ')} }\n`)
      .join('')}`,
);
const ini = groups.map(
  (it) =>
    `[${it.name}]\n${it.hosts.map(({ name, vars }) => `${name} ${pairs(vars, '=', ' ')}\n`).join('')}[${it.name}:vars]\n${pairs(it.vars, '=', '\n')}\n`,
);
const json = {
  _meta: {
    hostvars: Object.fromEntries(groups.flatMap((it) => it.hosts.map((host) => [host.name, host.vars]))),
  },
  ...Object.fromEntries(
    groups.map((it) => [it.name, { vars: it.vars, hosts: it.hosts.map((host) => host.name) }]),
  ),
};

mkdirSync(join(folder, 'group_vars'));
for (const { name } of groups)
  writeFileSync(join(folder, 'group_vars', `${name}.yml`), `dns: ${name}\nlog: true\n`);
const kinds = ['hosts.yml', 'hosts.ini', 'hosts.sh'] as const;
writeFileSync(join(folder, 'hosts.yml'), yaml.join(''));
writeFileSync(join(folder, 'hosts.ini'), ini.join(''));
writeFileSync(join(folder, 'hosts.sh'), `#!/bin/sh\ncat <<'END'\n${JSON.stringify(json)}\nEND\n`);
chmodSync(join(folder, 'hosts.sh'), 0o755);

process.stdout.write(
  `| ${hosts} hosts, medians of ${rounds} | confine: wall | CPU | ansible-inventory: wall | CPU | ratio of CPU |\n`,
);
process.stdout.write('| --- | --- | --- | --- | --- | --- |\n');
for (const kind of kinds) {
  const peers = new Map([
    ['confine', `node dist/confine.js inventory -i ${folder}/${kind} --list`],
    ['ansible-inventory', `ansible-inventory -i ${folder}/${kind} --list`],
  ]);
  const answers: unknown[] = [];
  for (const command of peers.values()) {
    await measure(command);
    answers.push(JSON.parse(readFileSync(join(folder, 'out'), 'utf8')));
  }
  if (!isDeepStrictEqual(answers[0], answers[1])) throw new Error(`${kind}: the two answers differ`);
  const costs = await inTurns(peers, rounds);
  const [ours, theirs] = [costs.get('confine'), costs.get('ansible-inventory')];
  if (ours && theirs)
    process.stdout.write(
      `| ${kind} | ${ours.wall.toFixed(2)} s | ${ours.cpu.toFixed(2)} s | ${theirs.wall.toFixed(2)} s | ${theirs.cpu.toFixed(2)} s | ${(theirs.cpu / ours.cpu).toFixed(1)} |\n`,
    );
}
