import type { Attestation } from '../../src/fleet/attestation.ts';
import { findings } from '../../src/fleet/findings.ts';
import type { HostStatus } from '../../src/fleet/status.ts';
import type { NamedProcess, NamedProcesses } from '../../src/observe/attest-process.ts';
import type { Evidence, Trail } from '../../src/observe/attest-trail.ts';
import { parseCapabilities } from '../../src/observe/capabilities.ts';
import { parseLabel } from '../../src/observe/label.ts';
import { absent, value, type Observation } from '../../src/observe/observation.ts';

/** A process of named under a label, with all that Debian's own unit gives it. */
export const process = (label: string, more: Partial<NamedProcess> = {}): NamedProcess => ({
  pid: 7,
  command: 'named',
  exe: value('/usr/sbin/named'),
  uid: 100,
  label: parseLabel(label, { list: label === '' ? [] : ['apparmor'], selinux: '' }),
  noNewPrivs: value(true),
  seccomp: value('filter'),
  effective: parseCapabilities('1000400', '40'),
  bounding: parseCapabilities('1ffffffffff', '40'),
  cgroup: '/system.slice/named.service',
  parents: [],
  firejail: false,
  ...more,
});
export const running = (it: NamedProcess, more: Partial<NamedProcesses> = {}): Observation<NamedProcesses> =>
  value({
    process: value(it),
    others: [],
    tasks: value(6),
    tasksMax: value(800),
    memory: value(2 ** 25),
    ...more,
  });

export const trail = (evidence: Partial<Evidence>, more: Partial<Trail> = {}): Observation<Trail> =>
  value({
    audit: value({ enabled: true, pid: 9, lost: 0, backlog: 0, backlogLimit: 8192, panics: false }),
    evidence: value({ whole: true, denials: [], sigsys: [], suppressed: 0, ...evidence }),
    deaths: value([]),
    ...more,
  });

export const unit = {
  name: 'named.service',
  active: 'active',
  enabled: 'enabled',
  invocation: 'i',
  startedAt: 1795465279,
  restarts: 0,
  proven: value('this start' as const),
  stale: [],
  attaches: undefined,
};

/** A host on which nothing stands out. */
export const quiet: Attestation = {
  at: 1795466000,
  unit: value(unit),
  idle: [],
  named: running(process('named (enforce)')),
  exposure: value(3),
  last: absent,
  untold: [],
  holder: undefined,
  holds: value([]),
  conffiles: value([]),
  trail: trail({}),
  listeners: value([]),
};
export const attested = (more: Partial<Attestation> = {}, host = 'ns1'): HostStatus => {
  const attestation = { ...quiet, ...more };
  return { is: 'attested', host, attestation, plan: undefined, findings: findings(attestation) };
};
export const denial = {
  verdict: 'DENIED',
  operation: 'open',
  profile: 'named',
  name: '/etc/shadow',
  mask: 'r',
  command: 'isc-net-0000',
  count: 2,
  last: 1795465400,
};
