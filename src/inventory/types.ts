import type { HostName } from '../brand.ts';
import type { Diagnostic, Position } from '../errors.ts';
import type { Spot } from '../yaml/spot.ts';

/** One variable as it was written, before templating, with its place in a file. */
export interface Variable {
  readonly value: unknown;
  /** The variable's name in the file. */
  readonly at: Position;
  /** The place of a part of the value, or of a text inside it, for a message about it. */
  spot(path?: readonly PropertyKey[], find?: string): Spot;
  /** What it took the place of, where the same thing was said before of the same host or group. */
  readonly beat?: Variable;
}

/** Variables by name. The winner's `at` says which file it came from. */
export type Vars = ReadonlyMap<string, Variable>;

export interface Group {
  readonly name: string;
  /** Longest way down from `all`: deeper groups win over the groups above them. */
  readonly depth: number;
  /** `ansible_group_priority`: breaks ties between groups of one depth. */
  readonly priority: number;
  /** Hosts listed in this group itself. */
  readonly hosts: readonly HostName[];
  /** Groups listed as children of this group itself. */
  readonly children: readonly string[];
  /** The variables of the inventory files; group_vars/ is in `Inventory.files`. */
  readonly vars: Vars;
}

export interface Host {
  readonly name: HostName;
  readonly at: Position;
  /** Every group that the host is in, except `all`, in merge order: a later group's variables win. */
  readonly groups: readonly string[];
  /** The variables of the inventory files; host_vars/ is in `Inventory.files`. */
  readonly vars: Vars;
}

/** What the group_vars/ and host_vars/ folders at one place hold. */
export interface VarsFolders {
  readonly groups: ReadonlyMap<string, Vars>;
  readonly hosts: ReadonlyMap<string, Vars>;
}

export interface Inventory {
  /** What was given with `-i`, in order. */
  readonly sources: readonly string[];
  /** In the order of the files. */
  readonly hosts: ReadonlyMap<HostName, Host>;
  readonly groups: ReadonlyMap<string, Group>;
  /** group_vars/ and host_vars/ beside each inventory, the strongest last. */
  readonly files: readonly VarsFolders[];
  readonly warnings: readonly Diagnostic[];
}

/** Where a reader tells what is wrong with its input, and what is only odd. */
export interface Say {
  readonly error: (finding: Diagnostic) => void;
  readonly warn: (finding: Diagnostic) => void;
}
