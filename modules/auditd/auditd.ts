import { z } from 'zod';
import {
  AbsolutePath,
  defineModule,
  desire,
  existing,
  PackageName,
  packagesFirst,
  probe,
  UnitName,
  value,
  type Node,
} from '../../src/module-api.ts';

const name = PackageName.parse('auditd');
const unit = UnitName.parse('auditd.service');
// Behind Debian's own audit.rules in the order of names: the last -b counts.
const path = AbsolutePath.parse('/etc/audit/rules.d/confine.rules');

/** The limit that a former run wrote. */
function limitIn(rules: Node): number | undefined {
  if (rules.is !== 'file') return undefined;
  const limit = /^-b (\d+)$/m.exec(rules.content.toString('utf8'))?.[1];
  return limit === undefined ? undefined : Number(limit);
}

export const auditd = defineModule({
  name: 'auditd',
  summary: 'The audit trail: auditd installed and running, with room for a flood of denials',
  example: `auditd: { backlog: 16384 }`,
  params: z.strictObject({
    backlog: z
      .int()
      .min(64)
      .max(1_000_000)
      .default(8192)
      .describe('How many records the kernel keeps until auditd takes them; more are lost.'),
  }),
  observe: () => ({
    packages: probe.packages([name]),
    unit: probe.unit(unit),
    rules: probe.file(path),
    backlog: probe.backlog,
  }),
  desire: ({ backlog }, seen) => {
    const brought = packagesFirst([name], seen.packages);
    if (brought.missing) return brought.desires;
    const content = Buffer.from(
      `# Managed by confine: changes made here are undone by its next run.\n-b ${backlog}\n`,
    );
    const own = seen.rules.is === 'value' ? limitIn(seen.rules.value) : undefined;
    return [
      ...brought.desires,
      desire.file(
        path,
        seen.rules,
        value({ is: 'file', content, mode: '0640', owner: 'root', group: 'root' }),
      ),
      desire.backlog(seen.backlog, backlog, own),
      desire.unit(existing(unit, seen.unit), { enabled: true, running: true }),
    ];
  },
});
