import type { BacklogChange, BacklogDesire } from './backlog.ts';
import type { ExecDesire } from './exec.ts';
import type { BlockDesire, FileChange, FileDesire } from './file.ts';
import type { PackageChange, PackageDesire } from './package.ts';
import type { ProfileChange, ProfileDesire } from './profile.ts';
import type { UnitChange, UnitDesire } from './unit.ts';

/** What a module may want of a host. The engine compares it with what was seen. */
export type Desire =
  FileDesire | BlockDesire | ExecDesire | BacklogDesire | PackageDesire | ProfileDesire | UnitDesire;

/** One reversible effect on a host; packages alone go forward only. */
export type Change = FileChange | PackageChange | BacklogChange | ProfileChange | UnitChange;
