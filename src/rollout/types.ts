import type { Cursor } from '../audit/record.ts';
import type { Zone } from '../bind/served.ts';
import type { HostName, ProfileName } from '../brand.ts';
import type { Observation } from '../observe/observation.ts';
import type { Size } from '../playbook/types.ts';

/** A wave: a group of the inventory, or so many of the play's hosts counted from the first. */
export type Wave = { readonly is: 'group'; readonly group: string } | Size;

/** A play's `rollout`: how what it enforces is reached. All times in seconds. */
export interface RolloutSpec {
  /** Names it on hosts: the play's name. */
  readonly name: string;
  readonly waves: readonly Wave[];
  /** Proven up time of named in complain mode, before the gate. */
  readonly soak: number;
  /** Behind enforce, how long the host looks after itself and goes back by itself. */
  readonly watch: number;
  /** How many servers of a zone's NS set may be in change or watch at once; undefined where the inventory alone says. */
  readonly maxUnavailable: number | undefined;
  /** What of the evidence is waived, each by its name, on purpose. */
  readonly waive: readonly Exercise[];
}

/** What the inventory says of a host as a server of its zones. */
export interface Availability {
  /** Names and addresses under which NS records know it: its name, `ansible_host` and `ns_names`. */
  readonly names: readonly string[];
  /** `foreign_ns`: names of servers that confine does not change, which count as available. */
  readonly foreign: readonly string[];
  /** `max_unavailable`, for every zone that the host is a server of; 1 where nothing says. */
  readonly maxUnavailable: number;
}

/** What the playbook and the inventory say of a host in a rollout. */
export interface HostRollout extends Availability {
  /** One object for all hosts of the play. */
  readonly spec: RolloutSpec;
  readonly profile: ProfileName;
}

/** Things that named does, which a gate wants to have seen since the soak began. */
export const exercises = [
  'query-udp',
  'query-tcp',
  'reload',
  'restart',
  'journal',
  'transfer-in',
  'transfer-out',
  'log-rotation',
] as const;
export type Exercise = (typeof exercises)[number];

/** Where a host stands. Absent: not begun, or imaged anew. `back`: enforcing went wrong, and it is in complain again. */
export const stages = ['soaking', 'watching', 'done', 'back'] as const;
export type Stage = (typeof stages)[number];

/** Who decides, among the controllers that may at once. */
export interface Controller {
  /** Another one for each run. */
  readonly token: string;
  readonly who: string;
}

/** That a controller is about to enforce a host, for others to see before it does. */
export interface Claim extends Controller {
  /** When it was made, by the host: its boot, and seconds since that. */
  readonly boot: string;
  readonly uptime: number;
}

/** The state of a rollout on one host: a file of that host, /var/lib/confine/rollout. */
export interface RolloutState {
  readonly version: 1;
  /** The same on all hosts of a rollout. */
  readonly id: string;
  readonly name: string;
  /** Counts its writes: whoever writes names the one that it saw, and is refused where it is another. */
  readonly generation: number;
  readonly stage: Stage;
  /** Who paused it, and when; undefined where nobody did. */
  readonly paused: { readonly who: string; readonly at: number } | undefined;
  /** Of a soaking host that is about to enforce; undefined where nobody has claimed it. */
  readonly claim: Claim | undefined;
  readonly profile: ProfileName;
  /** The kernel's hash of the policy that soaks: another one begins the soak anew. */
  readonly policy: string;
  /** When the stage began, by the controller's clock, in seconds since the epoch. */
  readonly since: number;
  /** Seconds of proven up time in this stage. */
  readonly soaked: number;
  /** Of the last look: what the next one measures from. */
  readonly last: {
    readonly boot: string;
    /** Seconds since that boot, by the host. */
    readonly uptime: number;
    /** systemd's InvocationID of named. */
    readonly invocation: string;
    /** Seconds since the epoch, by the controller. */
    readonly at: number;
  };
  readonly cursor: Cursor;
  /** What was seen exercised since the stage began. */
  readonly exercised: readonly Exercise[];
  /** Why it went back; of a soaking host, what was denied under this policy, which only another policy or `start` clears. */
  readonly reason: string | undefined;
}

/** What one look at a host tells of it. */
export interface RolloutSight {
  readonly state: Observation<RolloutState>;
  readonly boot: string;
  /** Seconds since the boot. */
  readonly uptime: number;
  /** The running named: absent where none runs. */
  readonly named: Observation<{
    readonly invocation: string;
    /** Seconds since the boot at which it started. */
    readonly started: number;
    readonly label: string;
  }>;
  /** The kernel's hash of the loaded policy. */
  readonly policy: Observation<string>;
  /** Of the profile, since the state's cursor. */
  readonly trail: Observation<{
    readonly denials: readonly { readonly what: string; readonly count: number; readonly last: number }[];
    readonly lost: number;
    readonly whole: boolean;
    readonly cursor: Cursor;
  }>;
  /** Ends of named that nobody asked for, since the stage began, in words. */
  readonly deaths: Observation<readonly string[]>;
  /** What applies to this host's configuration, and what was seen of it since the stage began. */
  readonly exercise: Observation<{
    readonly applies: readonly Exercise[];
    readonly seen: readonly Exercise[];
  }>;
  /** Deny rules of the profile that bite what named.conf needs, and needs that nothing allows, in words. */
  readonly blocked: Observation<readonly string[]>;
  /** The zones that it serves with authority, and the names of their NS sets. */
  readonly zones: Observation<readonly Zone[]>;
  /** Addresses that named listens on. */
  readonly addresses: readonly string[];
}

/** A host of a rollout, as the decision gets it. */
export interface RolloutHost extends Availability {
  readonly host: HostName;
  readonly groups: readonly string[];
  readonly sight:
    | { readonly is: 'seen'; readonly sight: RolloutSight }
    | { readonly is: 'unreachable'; readonly reason: string };
}

/** What the gate says: never promoted without evidence. */
export type Verdict =
  | { readonly is: 'passed' }
  /** More time will do. */
  | { readonly is: 'soaking'; readonly left: number; readonly missing: readonly Missing[] }
  | { readonly is: 'blocked'; readonly why: readonly string[] }
  | { readonly is: 'not-proven'; readonly missing: readonly Missing[] };

/** Evidence that is not there, and the command on the host that brings it, where one does. */
export interface Missing {
  readonly what: string;
  readonly command: string | undefined;
}

/** `start` begins a rollout, goes on with one that was paused, and begins anew where a host went back or is blocked. */
export type Mode = 'advance' | 'start';

/** What `start` or `advance` does with a host. */
export type Move =
  /** Complain, hold and state, in one transaction. */
  | { readonly is: 'enter' }
  /** The state is written with what this look proved; `anew` begins the soak again, and says why. */
  | { readonly is: 'note'; readonly state: RolloutState; readonly anew: string | undefined }
  /** Its turn to enforce, once all hosts were looked at again and nobody else was found to take the turn of another. */
  | { readonly is: 'claim'; readonly state: RolloutState }
  | { readonly is: 'enforce'; readonly state: RolloutState }
  | { readonly is: 'finish'; readonly state: RolloutState }
  | { readonly is: 'stay'; readonly why: string };

export interface Decision {
  readonly host: HostName;
  /** Counts from 0. */
  readonly wave: number;
  /** Of a soaking host. */
  readonly verdict: Verdict | undefined;
  /** Why a host does not go on that could by itself: its turn has not come, or its zones can't spare it now. */
  readonly waits: string | undefined;
  readonly move: Move;
}
