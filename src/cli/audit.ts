import { ProfileName } from '../brand.ts';
import { UsageError } from '../errors.ts';
import { auditModule } from '../plan/audit.ts';
import { holding } from './hold.ts';
import type { CommonOptions, Limits } from './options.ts';

const longest = 7200;

/** `confine audit HOST`: has the kernel record what a profile allows, for a time, or ends that. */
export async function audit([pattern]: readonly string[], options: CommonOptions & Limits): Promise<number> {
  if (options.end)
    return holding('audit', pattern, options, { question: (hosts) => `End the audit on ${hosts}?` });
  const { for: seconds, bytes, why = '' } = options;
  if (seconds > longest)
    throw new UsageError('an audit lasts two hours at most', 'each query writes some 2.5 kB of records');
  const profile = ProfileName.safeParse(options.profile);
  if (!profile.success)
    throw new UsageError(`"${options.profile}" can be no profile’s name`, 'name one that aa-status lists');
  return holding('audit', pattern, options, {
    module: auditModule,
    task: `Audit profile ${profile.data}`,
    params: { profile: profile.data },
    question: (hosts) => `Audit profile ${profile.data} on ${hosts}?`,
    hold: { kind: 'audit', why, mechanisms: [profile.data], profiles: [], seconds, bytes },
  });
}
