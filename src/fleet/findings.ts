import type { Observation } from '../observe/observation.ts';
import type { Diagnostic } from '../errors.ts';
import { endCommand } from '../plan/holds.ts';
import type { HostPlan } from '../plan/types.ts';
import type { Attestation, UnitState } from './attestation.ts';
import { earlierText } from './earlier.ts';
import { times, when, type Finding } from './finding.ts';
import { listenerFindings } from './listener-findings.ts';
import { namedFindings, taskFindings } from './named-findings.ts';
import { outcomeOf } from './survey.ts';
import { trailFindings } from './trail-findings.ts';

/** What stands out of an attestation, the gravest first. */
export function findings(it: Attestation): readonly Finding[] {
  const all = [
    ...(it.named.is === 'value' ? namedFindings(it.named.value, it) : []),
    ...(it.unit.is === 'value' ? unitFindings(it.unit.value) : []),
    ...(it.named.is === 'value' ? taskFindings(it.named.value) : []),
    ...trailFindings(it),
    ...lastFindings(it.last),
    ...earlierFindings(it),
    ...conffileFindings(it.conffiles),
    ...holdFindings(it.holds, it.at),
    ...listenerFindings(it),
    ...unknownFindings(it),
  ];
  return all.toSorted((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
}

/** How a host differs from what its tasks say. */
export function driftFindings(plan: HostPlan): readonly Finding[] {
  if (plan.state === 'in-sync') return [];
  const differ = plan.tasks.filter(({ result }) => !['in-sync', 'held', 'excluded'].includes(result.is));
  const outcome = outcomeOf(plan);
  const blocked = 'reason' in outcome ? outcome.reason : undefined;
  return [
    {
      severity: 'warning',
      about: 'drift',
      what:
        blocked === undefined
          ? `it differs from its playbook: ${differ.map(({ name }) => name).join(', ')}`
          : `whether it differs from its playbook is not known: ${blocked}`,
      why: 'somebody changed the host, or the playbook was not applied yet',
      next: 'confine plan shows what would change',
    },
  ];
}

/** What the rules about units find in the files of named's unit. */
export function unitFileFindings(defects: readonly Diagnostic[]): readonly Finding[] {
  return defects.map(({ at, message, hint = '' }) => {
    const [what = '', ...why] = message.split(': ');
    return {
      severity: 'warning',
      about: 'unit',
      what: `${at.file}:${at.line}: ${what}`,
      why: why.join(': '),
      next: hint,
    };
  });
}

const order: readonly Finding['severity'][] = ['alarm', 'warning', 'unknown', 'note'];

function unitFindings(unit: UnitState): readonly Finding[] {
  const about = 'unit';
  const found: Finding[] = unit.stale
    .filter((it) => !it.startsWith('it runs '))
    .map((it) => ({
      severity: 'warning',
      about,
      what: `named is not the one that is declared: ${it}`,
      why: 'what runs is not what the files say, and the next boot will be the first to try them',
      next: 'confine apply restarts it, and checks that DNS still answers',
    }));
  if (unit.proven.is === 'value' && unit.proven.value === 'an earlier start')
    found.push({
      severity: 'warning',
      about,
      what: `named was started again since its last proven start, at ${when(unit.startedAt)}`,
      why: 'somebody, a crash or a reboot did it, and no health check followed',
      next: `journalctl -u ${unit.name} says who; confine plan shows whether it still runs as declared`,
    });
  if (unit.restarts > 0)
    found.push({
      severity: 'warning',
      about,
      what: `systemd has restarted named ${times(unit.restarts)} after it had ended by itself`,
      why: 'a crash, or somebody who tries to break in',
      next: `journalctl -u ${unit.name} | grep 'Main process exited'`,
    });
  return found;
}

function lastFindings(last: Attestation['last']): readonly Finding[] {
  if (last.is !== 'value' || last.value.outcome === 'committed') return [];
  const unhealthy = last.value.outcome === 'unhealthy';
  return [
    {
      severity: unhealthy ? 'alarm' : 'warning',
      about: 'last',
      what: `the last transaction was ${last.value.outcome}: ${last.value.reason}`,
      why: unhealthy ? 'DNS does not answer as it did before' : 'the host is not what its playbook says',
      next: unhealthy ? 'a person is needed on this host' : 'confine plan shows what is still to do',
    },
  ];
}

/** What goes on at this moment, and what has ended without that anybody was told. */
function earlierFindings({ untold, holder }: Attestation): readonly Finding[] {
  const about = 'last';
  const note = (what: string, why: string, next: string): Finding => ({
    severity: 'note',
    about,
    what,
    why,
    next,
  });
  return [
    ...(holder === undefined
      ? []
      : [
          note(
            `it is being changed by ${holder}`,
            'what is shown here may be half of a change',
            'ask again when that has ended',
          ),
        ]),
    ...untold.map((it) =>
      note(
        earlierText(it),
        'who asked for it may not have been told',
        'the next confine apply says it once more, and notes that it was told',
      ),
    ),
  ];
}

function conffileFindings(conffiles: Attestation['conffiles']): readonly Finding[] {
  if (conffiles.is !== 'value') return [];
  return conffiles.value.map((it) => ({
    severity: 'warning',
    about: 'conffiles',
    what: `${it.path}${it.package && ` (package ${it.package})`} was ${it.is} by somebody`,
    why: 'an upgrade of the package asks, or keeps it without the fixes of the new one',
    next: `have local rules in /etc/apparmor.d/local (apparmor_override), modes by apparmor_mode, and the packaged file back`,
  }));
}

function holdFindings(holds: Attestation['holds'], now: number | undefined): readonly Finding[] {
  if (holds.is !== 'value') return [];
  return holds.value.map((it) => {
    const over = it.until !== undefined && now !== undefined && it.until <= now;
    const until = it.until === undefined ? 'without an end' : `until ${when(it.until)}`;
    const command = endCommand(it);
    return {
      severity: over ? 'warning' : 'note',
      about: 'holds',
      what: `held (${[it.kind, ...it.mechanisms].join(' ')}) by ${it.who || 'somebody'} since ${when(it.since)}, ${until}${it.why && `: ${it.why}`}`,
      why: over ? 'its time is over, and the host is still held' : 'it differs from its playbook on purpose',
      next:
        command === undefined
          ? `/var/lib/confine/holds/${it.id} on the host is the hold`
          : `${command} ${it.kind === 'relax' ? 'puts it back' : 'ends it'}`,
    };
  });
}

function unknownFindings(it: Attestation): readonly Finding[] {
  const named = it.named.is === 'value' ? it.named.value : undefined;
  const process = named?.process.is === 'value' ? named.process.value : undefined;
  const trail = it.trail.is === 'value' ? it.trail.value : undefined;
  const asked: readonly (readonly [Finding['about'], string, Observation<unknown> | undefined])[] = [
    ['unit', 'the unit of named', it.unit],
    ['named', 'the processes', it.named],
    ['named', 'the label of named', process?.label],
    ['named', 'NoNewPrivs', process?.noNewPrivs],
    ['named', 'the mode of seccomp', process?.seccomp],
    ['exposure', 'the exposure', it.unit.is === 'value' ? it.exposure : undefined],
    ['last', 'the last transaction', it.last],
    ['holds', 'holds', it.holds],
    ['conffiles', 'changes to packaged profiles', it.conffiles],
    ['trail', 'the state of the kernel’s audit', trail?.audit],
    ['trail', 'denials of this boot', trail?.evidence ?? it.trail],
    ['trail', 'deaths of named', trail?.deaths],
    ['listeners', 'who listens on the network', it.listeners],
  ];
  return asked.flatMap(([about, what, fact]) =>
    fact?.is === 'unknown'
      ? [
          {
            severity: 'unknown' as const,
            about,
            what: `${what}: unknown: ${fact.reason}`,
            why: 'what can’t be seen is not proven',
            next: 'have the host able to answer, and ask again',
          },
        ]
      : [],
  );
}
