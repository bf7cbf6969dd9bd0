import { Exit, UsageError } from '../errors.ts';
import { unitRules } from '../lint/lint.ts';
import { conflictRules } from '../plan/conflicts.ts';
import { pairOf, pairs, type Mechanism } from '../plan/mechanisms.ts';
import type { CommonOptions } from './options.ts';

/** Mechanisms by the names that people know them by: their own, and those of the modules. */
const mechanisms: Readonly<Record<string, Mechanism>> = {
  apparmor: 'AppArmor',
  apparmor_mode: 'AppArmor',
  apparmor_override: 'AppArmor',
  'aa-exec': 'aa-exec',
  apparmor_exec: 'aa-exec',
  apparmorprofile: 'AppArmorProfile=',
  selinux: 'SELinux',
  firejail: 'Firejail',
  systemd_sandbox: 'systemd sandbox',
  seccomp: 'seccomp',
  chroot: 'chroot',
};

const verdicts = {
  fits: 'they fit',
  pointless: 'one adds nothing to the other',
  conditional: 'it depends',
  conflict: 'they conflict',
} as const;

const block = (title: string, lines: Readonly<Record<string, string>>): string =>
  [
    title,
    ...Object.entries(lines).flatMap(([key, text]) =>
      text === '' ? [] : [`  ${`${key}:`.padEnd(8)}${text}`],
    ),
    '',
  ].join('\n');

/** What a rule says of itself. */
interface Explained {
  readonly id: string;
  readonly title: string;
  readonly reason: string;
  readonly advice: string;
  readonly source: string;
  readonly proof: string;
  readonly severity?: string;
}

const topics: ReadonlyMap<string, readonly Explained[]> = new Map<string, readonly Explained[]>([
  ['conflict', conflictRules],
  ['unit', unitRules],
]);

/**
 * `confine explain var HOST NAME` is of the inventory. `confine explain conflict|unit`: all rules; with a rule's name, that one; with two mechanisms, what is known
 * of them. Each with its reason, its source and its proof.
 */
export async function explain(
  [topic = '', one, other, more]: readonly string[],
  options: CommonOptions,
): Promise<number> {
  if (topic === 'var' && more === undefined)
    return (await import('./explain-var.ts')).explainVar([one, other], options);
  const all = topics.get(topic);
  if (all === undefined || more !== undefined || (topic !== 'conflict' && other !== undefined))
    throw new UsageError(
      `nothing to explain about "${[topic, one, other, more].filter((it) => it !== undefined).join(' ')}"`,
      'confine explain conflict|unit [RULE], explain conflict MECHANISM MECHANISM, or explain var HOST NAME',
    );
  process.stdout.write(
    one !== undefined && other !== undefined ? explainPair(one, other) : explainRules(topic, all, one),
  );
  return Exit.ok;
}

function explainRules(topic: string, all: readonly Explained[], name: string | undefined): string {
  const rules = all.filter((it) => name === undefined || it.id === name);
  if (rules.length === 0)
    throw new UsageError(
      `no ${topic} rule is called "${name}"`,
      `there are: ${all.map((it) => it.id).join(', ')}`,
    );
  return rules
    .map(({ id, title, reason, advice, source, proof, severity = '' }) =>
      block(`${id}: ${title}`, { is: severity, why: reason, do: advice, source, proof }),
    )
    .join('');
}

function explainPair(one: string, other: string): string {
  const [a, b] = [mechanismOf(one), mechanismOf(other)];
  const pair = pairOf(a, b);
  if (!pair)
    throw new UsageError(
      `nothing is known of ${a} and ${b}`,
      `name two of: ${[...new Set(pairs.flatMap((it) => [it.a, it.b]))].join(', ')}`,
    );
  const { verdict, reason, advice, source, proof } = pair;
  return block(`${pair.a} and ${pair.b}: ${verdicts[verdict]}`, { why: reason, do: advice, source, proof });
}

function mechanismOf(name: string): Mechanism {
  const found = mechanisms[name.toLowerCase().replace(/=$/, '')];
  if (found === undefined)
    throw new UsageError(
      `"${name}" is no mechanism`,
      `mechanisms, and modules that use them: ${Object.keys(mechanisms).join(', ')}`,
    );
  return found;
}
