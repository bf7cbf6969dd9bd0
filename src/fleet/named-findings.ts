import type { NamedProcess, NamedProcesses } from '../observe/attest-process.ts';
import { confinement } from '../observe/label.ts';
import { starterOf, type Attestation, type UnitState } from './attestation.ts';
import type { Finding } from './finding.ts';

const enforce =
  'enforce it: apparmor_mode { profile: named, mode: enforce } in a playbook, then confine apply';

/** What stands out of the processes that are named: what confines them, and who else runs. */
export function namedFindings(
  named: NamedProcesses,
  { unit, idle }: Pick<Attestation, 'unit' | 'idle'>,
): readonly Finding[] {
  const about = 'named';
  const starter = starterOf({ unit });
  const found: Finding[] = [];
  const process = named.process.is === 'value' ? named.process.value : undefined;
  if (process) {
    found.push(...confinementFindings(process, unit.is === 'value' ? unit.value : undefined));
    if (process.firejail)
      found.push({
        severity: 'note',
        about,
        what:
          process.command === 'named' ? 'named runs below firejail' : 'firejail runs, but no named below it',
        why: 'systemd-analyze does not see it, so EXPOSURE tells of the unit alone',
        next:
          process.command === 'named'
            ? 'firejail --tree shows its sandbox'
            : `journalctl -u ${starter} says why`,
      });
  } else if (unit.is === 'value')
    found.push({
      severity: 'alarm',
      about,
      what: `named does not run: ${unit.value.name} is ${unit.value.active}`,
      why: 'it answers nobody',
      next: `journalctl -u ${unit.value.name} says why it ended`,
    });
  for (const { name, active, because } of idle)
    found.push({
      severity: 'alarm',
      about,
      what: `named does not run: ${name} is ${active}, and ${because}`,
      why: process ? `${starter} runs one in its place` : 'it answers nobody',
      next: `journalctl -u ${name} says why it ended; is ${starter} the one that is meant, then systemctl disable ${name}`,
    });
  for (const other of named.others)
    found.push({
      severity: free(other) ? 'alarm' : 'note',
      about,
      what: `another named runs ${labelText(other.label)}, in ${other.cgroup || 'no control group'}`,
      why: `${starter} does not start it, so nothing here confines it`,
      next: `find out who started it: systemctl status ${other.pid}`,
    });
  return found;
}

const free = ({ label }: NamedProcess): boolean =>
  label.is === 'absent' || (label.is === 'value' && confinement(label.value) === 'nothing');

/** A label in words. */
export const labelText = (label: NamedProcess['label']): string =>
  label.is === 'value'
    ? label.value.text
    : label.is === 'absent'
      ? 'without a label'
      : 'under an unknown label';

function confinementFindings({ label }: NamedProcess, unit: UnitState | undefined): readonly Finding[] {
  const about = 'named';
  if (label.is === 'unknown') return [];
  if (label.is === 'absent')
    return [
      {
        severity: 'warning',
        about,
        what: 'no security module confines named',
        why: 'only file permissions and the sandbox of its unit hold it back',
        next: 'boot a kernel with AppArmor on, if this is no container',
      },
    ];
  const how = confinement(label.value);
  const { text } = label.value;
  if (how === 'nothing') {
    const profile = unit?.attaches;
    const own = unit !== undefined && unit.name !== 'named.service';
    return [
      {
        severity: 'alarm',
        about,
        what: `named runs ${text}${profile ? `, although profile ${profile.name} (${profile.mode}) is loaded` : ''}`,
        why: 'a break-in reaches all that its user and capabilities allow',
        next: profile
          ? `restart it: confine apply with a service task does, and checks that DNS still answers`
          : own
            ? `put it under one: apparmor_exec { unit: ${unit.name}, profile: named, … } in a playbook, then confine apply`
            : enforce,
      },
    ];
  }
  if (how === 'records')
    return [
      {
        severity: 'warning',
        about,
        what: `the policy of named only records: ${text}`,
        why: 'what it does not allow is not denied',
        next:
          label.value.module === 'apparmor'
            ? enforce
            : 'setenforce 1, or take its type off the permissive ones',
      },
    ];
  return label.value.mode === 'kill'
    ? [
        {
          severity: 'warning',
          about,
          what: `named runs as ${text}`,
          why: 'the first access that its profile does not allow ends it',
          next: 'have its denials understood first; enforce mode denies without ending it',
        },
      ]
    : [];
}

/** Whether named comes near the limit of its threads. */
export function taskFindings({ tasks, tasksMax }: NamedProcesses): readonly Finding[] {
  if (tasks.is !== 'value' || tasksMax.is !== 'value' || tasksMax.value === 'infinity') return [];
  if (tasks.value < 0.8 * tasksMax.value) return [];
  return [
    {
      severity: 'warning',
      about: 'named',
      what: `named has ${tasks.value} of its ${tasksMax.value} tasks`,
      why: 'at the limit it aborts (pthread_create fails)',
      next: 'raise TasksMax= in its drop-in; it starts threads for each CPU',
    },
  ];
}
