import type { DeniedAccess, Evidence, Trail } from '../observe/attest-trail.ts';
import { starterOf, type Attestation } from './attestation.ts';
import { times, when, type Finding } from './finding.ts';

/** What stands out of the records of a boot: each may be an attack. */
export function trailFindings(it: Attestation): readonly Finding[] {
  if (it.trail.is !== 'value') return [];
  const { evidence } = it.trail.value;
  return [
    ...(evidence.is === 'value' ? evidenceFindings(it, evidence.value) : []),
    ...deathFindings(it.trail.value, starterOf(it)),
    ...auditFindings(it.trail.value),
  ];
}

function evidenceFindings(it: Attestation, evidence: Evidence): readonly Finding[] {
  const found: Finding[] = [];
  const more = evidence.whole ? '' : 'at least ';
  const denials = namedDenials(it, evidence);
  const killed = denials.some(({ verdict }) => verdict === 'KILLED');
  const count = denials.reduce((sum, { count: n }) => sum + n, 0);
  const [most] = denials;
  if (most)
    found.push({
      severity: 'alarm',
      about: 'trail',
      what: `named was ${killed ? 'killed for' : 'denied'} ${more}${count === 1 ? 'an access' : `${count} accesses`} in this boot, last at ${when(Math.max(...denials.map(({ last }) => last)))}: ${denialText(most)}${denials.length > 1 ? `, and ${denials.length - 1} more` : ''}`,
      why: 'an attack, or a rule that its profile lacks',
      next: 'is it in its configuration? then add a rule (apparmor_override); else treat it as a break-in',
    });
  const killer = evidence.sigsys.filter(({ exe, command }) => command === 'named' || exe.endsWith('/named'));
  const [last] = killer.toSorted((a, b) => b.at - a.at);
  if (last)
    found.push({
      severity: 'alarm',
      about: 'trail',
      what: `seccomp ended named ${more}${times(killer.length)} in this boot, last at ${when(last.at)}`,
      why: 'an attack that tried a forbidden system call, or a filter that is too narrow',
      next: 'ausearch -m SECCOMP -i names the call; does named need it, then SystemCallFilter= is to allow it',
    });
  return found;
}

/** Denials of named: by its profiles, or under the name that Debian's profile has or had. */
export function namedDenials(it: Attestation, evidence: Evidence): readonly DeniedAccess[] {
  const process =
    it.named.is === 'value' && it.named.value.process.is === 'value'
      ? it.named.value.process.value
      : undefined;
  const label =
    process?.label.is === 'value' && process.label.value.module === 'apparmor'
      ? process.label.value
      : undefined;
  const attaches = it.unit.is === 'value' ? it.unit.value.attaches?.name : undefined;
  const own = new Set([
    'named',
    '/usr/sbin/named',
    ...(label?.profiles ?? []),
    ...(attaches === undefined ? [] : [attaches]),
  ]);
  return evidence.denials.filter(({ profile }) => own.has(profile.split('//')[0] ?? ''));
}

/** A denial in words. */
export const denialText = ({ operation, name, mask, command }: DeniedAccess): string =>
  [operation, JSON.stringify(name), mask && `(${mask})`, `by ${command}`].filter(Boolean).join(' ');

function deathFindings({ deaths, evidence }: Trail, unit: string): readonly Finding[] {
  if (deaths.is !== 'value') return [];
  // What the records of seccomp tell is told once.
  const told = evidence.is === 'value' && evidence.value.sigsys.length > 0;
  const left = deaths.value.filter(({ status }) => !(told && status.endsWith('/SYS')));
  const last = left.at(-1);
  if (!last) return [];
  return [
    {
      severity: left.some(({ status }) => status.endsWith('/SYS')) ? 'alarm' : 'warning',
      about: 'trail',
      what: `the main process of named ended ${times(left.length)} in this boot, last at ${when(last.at)} (${last.code}, ${last.status})`,
      why: 'a crash, somebody who tries to break in, or a filter that is too narrow',
      next: `journalctl -b -u ${unit}, around that time`,
    },
  ];
}

function auditFindings({ audit, evidence }: Trail): readonly Finding[] {
  const found: Finding[] = [];
  const add = (severity: Finding['severity'], what: string, why: string, next: string) =>
    found.push({ severity, about: 'trail', what, why, next });
  const state = audit.is === 'value' ? audit.value : undefined;
  const suppressed = evidence.is === 'value' ? evidence.value.suppressed : 0;
  const install = 'have auditd installed: a package task with names: [auditd]';
  if (state && !state.enabled)
    add(
      'alarm',
      'the kernel’s audit is off',
      'no denial is recorded',
      'auditctl -e 1, and no audit=0 at boot',
    );
  if (audit.is === 'absent' || state?.pid === 0)
    add(
      'warning',
      suppressed > 0
        ? `no auditd runs, and the kernel has suppressed ${suppressed} messages of this boot`
        : 'no auditd runs',
      'the kernel drops records when many come at once, so an attack can hide in a flood',
      audit.is === 'absent' ? install : 'systemctl start auditd; journalctl -u auditd says why it ended',
    );
  if (state && state.lost > 0)
    add(
      'warning',
      `${state.lost} audit records were lost`,
      'denials may be among them',
      'raise the backlog and the rate limit (auditctl -b, -r); auditctl --reset-lost starts the count anew',
    );
  if (state && state.backlogLimit > 0 && state.backlog > 0.8 * state.backlogLimit)
    add(
      'warning',
      `${state.backlog} audit records of at most ${state.backlogLimit} wait`,
      'the next ones are lost',
      'see what floods it: aureport --summary',
    );
  return found;
}
