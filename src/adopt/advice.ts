import { localRulesOf } from '../apparmor/local.ts';
import { PackageName } from '../brand.ts';
import { adviseFor, type Sight } from '../init/advice.ts';
import { hostFindingText, lintHostUnit } from '../lint/host.ts';
import type { Note, Standing } from './things.ts';

const auditd = PackageName.parse('auditd');

/** What `confine init` would have a host be besides what stands there, and what the rules about units find. */
export function advised(sight: Sight, { unit, packages, profile }: Standing): readonly Note[] {
  const { apparmor, rules, sandbox, writable, warnings } = adviseFor(sight);
  const note = (text: string): Note => ({ at: '', text });
  const defined = profile.is === 'value' && profile.value.is === 'defined' ? profile.value : undefined;
  const local =
    defined?.local.node.is === 'value' && defined.local.node.value.is === 'file'
      ? defined.local.node.value.content.toString('utf8')
      : '';
  const standing = localRulesOf(local);
  const missing = rules.filter((it) => !standing.has(it));
  const sandboxed = unit.parts.some((it) => /^\s*SystemCallFilter\s*=/m.test(it.content));
  const trail = packages.is === 'value' && packages.value.get(auditd)?.is !== 'value';
  return [
    ...(missing.length === 0
      ? []
      : [note(`apparmor_override with ${missing.join(' ')} (named.conf names these places)`)]),
    ...(apparmor.is !== 'none' && defined?.loaded.is !== 'value'
      ? [note(`apparmor_mode ${apparmor.is}: ${apparmor.why}`)]
      : []),
    ...(apparmor.is === 'none' && defined ? [note(apparmor.why)] : []),
    ...(apparmor.is !== 'none' && trail
      ? [note('auditd: without it the kernel drops much of what the profile denies')]
      : []),
    ...((sandbox.is === 'strict' || sandbox.is === 'baseline') && !sandboxed
      ? [
          note(
            `systemd_sandbox, tier ${sandbox.is}${writable.length === 0 ? '' : `, writable ${writable.join(' ')}`}: ${sandbox.why}`,
          ),
        ]
      : []),
    ...warnings.map(note),
    ...lintHostUnit(unit, sight.facts).map((it) => note(hostFindingText(it))),
  ];
}
