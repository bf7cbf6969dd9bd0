import { AbsolutePath, HostName, UnitName } from '../../src/brand.ts';
import { judge, type Adopted } from '../../src/adopt/judge.ts';
import { packageNames, thingsOf, type Standing } from '../../src/adopt/things.ts';
import { modules } from '../../modules/index.ts';
import { absent, unknown, value, type Known, type Observation } from '../../src/observe/observation.ts';
import type { Probe } from '../../src/observe/probe.ts';
import { planHost } from '../../src/plan/plan.ts';
import type { HostPlan } from '../../src/plan/types.ts';
import type { CompiledTask } from '../../src/playbook/types.ts';
import type { Node } from '../../src/resources/file.ts';
import type { Profile } from '../../src/resources/profile.ts';
import type { Unit } from '../../src/resources/unit.ts';

type Owner = readonly [mode: string, owner: string, group: string];

/** What of a host a test says; the rest is Debian 12 as it comes. */
export interface Host {
  /** Drop-ins of named.service by their path, or by their name alone. */
  readonly dropIns?: Readonly<Record<string, string>>;
  /** Mode, owner and group of these. */
  readonly owner?: Owner;
  readonly local?: string;
  readonly flags?: readonly string[];
  readonly mode?: 'enforce' | 'complain' | undefined;
  readonly links?: Readonly<Partial<Record<'disable' | 'force-complain', string>>>;
  readonly packages?: readonly string[];
  readonly others?: Readonly<Record<string, string>>;
  readonly unit?: Partial<Unit>;
  readonly fragment?: string;
  readonly appArmor?: boolean;
}

const folder = '/etc/systemd/system/named.service.d';
const pathOf = (name: string): string => (name.startsWith('/') ? name : `${folder}/${name}.conf`);
const file = (content: string, [mode, owner, group]: Owner = ['0644', 'root', 'root']): Known<Node> =>
  value({
    is: 'file',
    content: Buffer.from(content),
    mode,
    owner,
    group,
  });
const link = (target: string | undefined): Known<Node> =>
  target === undefined ? absent : value({ is: 'link', target });

/** A host as a look at it finds it. */
function standing(host: Host): Standing {
  const unit: Unit = {
    name: UnitName.parse('named.service'),
    names: ['named.service', 'bind9.service'],
    active: 'active',
    enabled: 'enabled',
    type: 'notify',
    systemd: 252,
    needDaemonReload: false,
    invocation: 'a',
    parts: [
      {
        path: host.fragment ?? '/lib/systemd/system/named.service',
        content: '[Service]\nExecStart=/usr/sbin/named -f\n',
      },
      ...Object.entries(host.dropIns ?? {}).map(([name, content]) => ({ path: pathOf(name), content })),
    ],
    hash: 'h',
    changedAt: 1000,
    startedAt: 2000,
    restarts: 0,
    process: {
      pid: 812,
      exe: '/usr/sbin/named',
      label: '',
      noNewPrivs: false,
      seccomp: 'off',
      capBnd: '',
      uid: 100,
    },
    record: undefined,
    attaches: undefined,
    ...host.unit,
  };
  const beside = (kind: string, node: Known<Node>) => ({
    path: AbsolutePath.parse(`/etc/apparmor.d/${kind}usr.sbin.named`),
    node,
  });
  const flags = ['attach_disconnected', ...(host.flags ?? [])];
  const mode = 'mode' in host ? host.mode : 'enforce';
  const profile: Profile = {
    is: 'defined',
    header: { name: 'named', attach: '/usr/sbin/named', flags },
    file: beside('', file(`profile named /usr/sbin/named flags=(${flags.join(', ')}) {\n}\n`)),
    local: beside('local/', file(host.local ?? '')),
    includesLocal: true,
    forceComplain: beside('force-complain/', link(host.links?.['force-complain'])),
    disable: beside('disable/', link(host.links?.disable)),
    loaded:
      mode === undefined
        ? absent
        : value({ name: 'named', mode, attach: '/usr/sbin/named', hash: '', raw: '' }),
    policy: 'current',
    compiled: '',
    processes: mode === undefined ? [] : [{ pid: 812, label: `named (${mode})`, unit: 'named.service' }],
  };
  return {
    unit,
    auditd: absent,
    profile: host.appArmor === false ? unknown('the kernel runs without AppArmor') : value(profile),
    packages: value(
      new Map(packageNames.map((it) => [it, host.packages?.includes(it) ? value({ version: '1' }) : absent])),
    ),
    conffiles: value([]),
    others: value(Object.entries(host.others ?? {}).map(([path, content]) => ({ path, content }))),
  };
}

/** The plan of these tasks on a host. */
export function planOn(host: Host, tasks: readonly CompiledTask[]): HostPlan {
  const { unit, profile, packages } = standing(host);
  const answers = (key: string): Observation<unknown> => {
    const [, name = ''] = /^dropin:named\.service\/(.*)$/.exec(key) ?? [];
    if (key === 'unit:named.service') return value(unit);
    if (key === 'profile:named') return profile;
    if (key.startsWith('packages:')) return packages;
    const content = host.dropIns?.[name];
    return name === ''
      ? unknown(`nobody asked for ${key}`)
      : value({
          path: AbsolutePath.parse(pathOf(name)),
          node: content === undefined ? absent : file(content, host.owner),
        });
  };
  return planHost({
    host: HostName.parse('ns1'),
    tasks,
    modules,
    facts: {},
    lsm: ['apparmor'],
    named: [{ pid: 812, unit: 'named.service' }],
    answer: <T>(probe: Probe<T>) => answers(probe.key) as Observation<T>,
    holds: value([]),
    breakHolds: false,
  });
}

/** What of a host is declared, and what is not. */
export const adopted = (host: Host): Adopted =>
  judge(thingsOf(standing(host)), modules, (tasks) => planOn(host, tasks));
