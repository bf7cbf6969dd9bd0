import type { Hold } from '../observe/attest-holds.ts';
import type { Change, Desire } from '../resources/resources.ts';
import type { HostPlan } from './types.ts';

/** What holds keep of a host as it is. */
export interface Held {
  /** What is wanted while they last, and the hold that makes the difference. */
  desire(declared: Desire): { readonly wanted: Desire; readonly hold: Hold | undefined };
  /** The hold that a change would break. */
  change(it: Change): Hold | undefined;
}

/**
 * How holds change what is wanted of their host: held files stay as they are, and a held profile keeps its
 * mode, while its rules, and all that no hold names, are brought up to date as ever.
 */
export function heldBy(holds: readonly Hold[]): Held {
  const ofFile = (path: string) => holds.find((it) => it.files.includes(path));
  return {
    desire: (wanted) => {
      if (wanted.resource === 'profile') {
        const { profile } = wanted;
        const by = holds.filter((it) => it.profiles.includes(profile.header.name));
        // An audit changes no mode: it only explains why the kernel runs another policy than the file.
        const audit = profile.policy === 'stale' ? by.find(isAudit) : undefined;
        const hold = wanted.mode === undefined ? undefined : breakable(by)[0];
        return {
          wanted: {
            ...wanted,
            ...(audit && { profile: { ...profile, policy: 'current' } }),
            ...(hold && { mode: undefined }),
          },
          hold: hold ?? audit,
        };
      }
      if (wanted.resource === 'unit' && (wanted.inside ?? wanted.has) !== undefined) {
        const { inside: _inside, has: _has, ...rest } = wanted;
        const hold = holds.find(({ files }) =>
          files.some((path) => wanted.unit.names.some((name) => path.includes(`/${name}.d/`))),
        );
        return hold ? { wanted: rest, hold } : { wanted, hold };
      }
      return { wanted, hold: undefined };
    },
    change: (it) => (it.change === 'file' ? ofFile(it.path) : undefined),
  };
}

/** What the kernel has loaded instead of a file, and not what keeps a host from its playbook. */
export const isAudit = (it: Hold): boolean => it.kind === 'audit';

/** The command that ends a hold; undefined for one that no command made. */
export const endCommand = ({ kind }: Hold): string | undefined =>
  kind === 'relax' || kind === 'audit'
    ? `confine ${kind} HOST --end`
    : kind === 'rollout'
      ? 'confine rollout abort PLAYBOOK'
      : undefined;

/** Holds that --break-hold is about: an audit keeps nothing from its playbook. */
export const breakable = (holds: readonly Hold[]): readonly Hold[] => holds.filter((it) => !isAudit(it));

/** The holds that end with a plan: those it breaks, and an audit of a profile that it loads from its file. */
export function endedBy({
  breaks,
  changes,
  holds,
}: Pick<HostPlan, 'breaks' | 'changes' | 'holds'>): readonly Hold[] {
  const loads = new Set(changes.flatMap((it) => (it.change === 'profile' ? [it.name] : [])));
  return holds.filter((it) => (isAudit(it) ? it.profiles.some((one) => loads.has(one)) : breaks));
}
