/**
 * What a start of the command costs, beside a start of Node that does nothing:
 * `npm run build && node dist/bench/start.js [ROUNDS]`.
 */
import { inTurns } from './turns.ts';

const rounds = Number(process.argv[2] ?? 21);
const bare = 'node -e 0';
const commands = [
  '--help',
  'apply --help',
  'lab list',
  'schema inventory',
  'check playbooks/harden-bind.yml',
].map((it) => [`confine ${it}`, `node dist/confine.js ${it}`] as const);

const costs = await inTurns(new Map([[bare, bare], ...commands]), rounds);
const base = costs.get(bare)?.cpu ?? Number.NaN;
console.log(`| medians of ${rounds} rounds, Node.js ${process.version} | wall | CPU | ratio of CPU |`);
console.log('| --- | --- | --- | --- |');
for (const [name, { wall, cpu }] of costs)
  console.log(`| \`${name}\` | ${wall.toFixed(3)} s | ${cpu.toFixed(3)} s | ${(cpu / base).toFixed(2)} |`);
