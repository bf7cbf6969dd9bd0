import { describe, expect, it } from 'vitest';
import { parseWorkout, workout, workoutChecks, workoutScript } from '../../src/bind/workout.ts';

describe('parseWorkout', () => {
  const all = workoutChecks.map((check) => `check\t${check}\tpass\t`);

  it('gives a verdict and a detail for every check', () => {
    const output = all
      .join('\n')
      .replace('check\tzones\tpass\t', 'check\tzones\tfail\tsilent: example.test ');
    const results = parseWorkout(`${output}\nend\n`);
    expect(results.map((it) => it.check)).toEqual(workoutChecks);
    expect(results.filter((it) => !it.passed)).toEqual([
      { check: 'zones', passed: false, detail: 'silent: example.test' },
    ]);
  });

  it('takes what an output was cut before, or within, for failed', () => {
    const results = parseWorkout(`${all.slice(0, 3).join('\n')}\ncheck\t${workoutChecks[3]}\tpa`);
    expect(results.map((it) => it.passed)).toEqual(workoutChecks.map((_, i) => i < 3));
    expect(results[3]?.detail).toBe('the work-out ended before this check');
    expect(parseWorkout('').some((it) => it.passed)).toBe(false);
  });

  it('keeps a tab in a detail apart from the fields', () => {
    expect(parseWorkout('check\tlog\tfail\ta\tb\n').find((it) => it.check === 'log')?.detail).toBe('a b');
  });
});

it('the script makes every check that is read, in that order', () => {
  const made = [...workoutScript('run').matchAll(/^ {2}check (\S+) check_/gm)].map((it) => it[1]);
  expect(made).toEqual(workoutChecks);
});

describe('workout', () => {
  const step = (script: string) => /^workout (\w+)/m.exec(script)?.[1] ?? '';
  const answer = { code: 0, stdout: '', stderr: '' };

  it('restores the host after a run that broke', async () => {
    const steps: string[] = [];
    const broken = workout(async (script) => {
      steps.push(step(script));
      return step(script) === 'run' ? { ...answer, code: 255, stderr: 'connection lost\n' } : answer;
    });
    await expect(broken).rejects.toThrow("the work-out's run failed: connection lost");
    expect(steps).toEqual(['prepare', 'run', 'restore']);
  });

  it('runs and restores nothing on a host that refuses', async () => {
    const steps: string[] = [];
    const refused = workout(async (script) => {
      steps.push(step(script));
      return { ...answer, code: 1, stderr: 'this is no host of the lab\n' };
    });
    await expect(refused).rejects.toThrow('prepare failed: this is no host of the lab');
    expect(steps).toEqual(['prepare']);
  });
});
