import { shellSource } from '../observe/observe.ts';

/** What a name server does, in the order in which a work-out tries it. */
export const workoutChecks = [
  'start',
  'udp',
  'tcp',
  'rndc-status',
  'transfer-in',
  'zones',
  'addzone',
  'delzone',
  'update',
  'dnssec',
  'transfer-out',
  'log',
  'statistics',
  'dumpdb',
  'queries',
  'reload',
  'restart',
  'stop',
  'start-again',
  'denials',
] as const;

/** What one check of a work-out saw. */
export interface WorkoutResult {
  readonly check: (typeof workoutChecks)[number];
  readonly passed: boolean;
  /** One line: the answer, or why it failed. */
  readonly detail: string;
}

/** `prepare` comes first, `restore` last, whatever `run` gave; each is one trip to the host. */
export type WorkoutStep = 'prepare' | 'run' | 'restore';

/** A step as one POSIX sh script, for root's `sh` to read from its stdin. */
export const workoutScript = (step: WorkoutStep): string =>
  [
    'LC_ALL=C',
    'export LC_ALL',
    shellSource('bind/start.sh'),
    shellSource('bind/health.sh'),
    shellSource('bind/workout.sh'),
    // What it starts must not read the rest of the script.
    `workout ${step} </dev/null`,
    '',
  ].join('\n');

/** Runs a script with `sh` as root on the host. */
export type RunScript = (script: string) => Promise<{
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}>;

/**
 * Tries all that the named of a lab host does, and gives the host back as it was.
 * @throws {Error} where the host refuses to be prepared, or could not be given back
 */
export async function workout(run: RunScript): Promise<readonly WorkoutResult[]> {
  const step = async (name: WorkoutStep): Promise<string> => {
    const { code, stdout, stderr } = await run(workoutScript(name));
    if (code !== 0) throw new Error(`the work-out's ${name} failed: ${stderr.trim() || `exit ${code}`}`);
    return stdout;
  };
  await step('prepare');
  try {
    return parseWorkout(await step('run'));
  } finally {
    await step('restore');
  }
}

/** Reads what `run` printed: a result for every check, failed where the output ended before it. */
export function parseWorkout(output: string): readonly WorkoutResult[] {
  const lines = output.split('\n').map((line) => line.split('\t'));
  return workoutChecks.map((check) => {
    const line = lines.find((it) => it[0] === 'check' && it[1] === check);
    const [, , verdict, ...detail] = line ?? [];
    if (verdict !== 'pass' && verdict !== 'fail')
      return { check, passed: false, detail: 'the work-out ended before this check' };
    return { check, passed: verdict === 'pass', detail: detail.join(' ').trim() };
  });
}
