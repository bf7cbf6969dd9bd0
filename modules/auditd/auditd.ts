import { z } from 'zod';
import {
  AbsolutePath,
  absent,
  defineModule,
  desire,
  existing,
  PackageName,
  probe,
  UnitName,
  value,
} from '../../src/module-api.ts';

const name = PackageName.parse('auditd');
const unit = UnitName.parse('auditd.service');
// Behind Debian's own audit.rules in the order of names: the last -b counts.
const path = AbsolutePath.parse('/etc/audit/rules.d/confine.rules');

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
    const installed = seen.packages.is === 'value' ? (seen.packages.value.get(name) ?? absent) : absent;
    const brought = desire.package(name, installed);
    // Behind the package the host is looked at again.
    if (installed.is === 'absent') return [brought];
    const content = Buffer.from(
      `# Managed by confine: changes made here are undone by its next run.\n-b ${backlog}\n`,
    );
    return [
      brought,
      desire.file(
        path,
        seen.rules,
        value({ is: 'file', content, mode: '0640', owner: 'root', group: 'root' }),
      ),
      desire.backlog(seen.backlog, backlog),
      desire.unit(existing(unit, seen.unit), { enabled: true, running: true }),
    ];
  },
});
