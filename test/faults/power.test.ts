import { beforeAll, describe, expect, it } from 'vitest';
import type { MachineHandle } from '../../src/lab/hosts.ts';
import {
  counted,
  type Cut,
  cutRun,
  type CutRun,
  faultsOf,
  forBoot,
  goesThrough,
  isUndone,
} from '../support/cuts.ts';
import { machine, on } from '../support/lab.ts';
import { every, share } from '../support/share.ts';
import { lifeAfter } from '../support/power.ts';

let host: MachineHandle;
beforeAll(async () => {
  host = await machine();
  return () => host.powerOff();
});

const phases = ['checking', 'staging', 'applying', 'committed', 'undoing', 'undone'];
const steps =
  'validate staging place profile daemon-reload restart health committed undoing undo undone'.split(' ');
/** Phases and steps in which the plug was not pulled five times yet. */
const rare = (cuts: readonly Cut[]): readonly string[] => [
  ...phases.filter((it) => cuts.filter(({ phase }) => phase === it).length < 5),
  ...steps.filter((it) => cuts.filter(({ step }) => step === it).length < 5),
];
const tell = (title: string, counts: Readonly<Record<string, number>>) =>
  process.stdout.write(
    `${title}\n${Object.entries(counts)
      .map(([what, n]) => `${String(n).padStart(5)}  ${what}\n`)
      .join('')}`,
  );

describe('the plug is pulled', () => {
  const runs: CutRun[] = [];

  it('at any instant: all of a plan or nothing of it is on the disk, and the outcome is true', async () => {
    // Some steps are over in an instant, so this takes some runs.
    for (
      let seed = 1;
      seed <= share(12, 2) && (seed <= 2 || rare(runs.flatMap((it) => it.cuts)).length > 0);
      seed += 1
    )
      runs.push(await cutRun(host, seed % 2 === 1 ? goesThrough : isUndone, { seed, pause: 3, behind: 4 }));
    const cuts = runs.flatMap((it) => it.cuts);
    tell(
      `${cuts.length} pulls in ${runs.length} runs; phase on the disk, and what the boot makes of it`,
      counted(cuts, (it) => `${it.phase}: ${it.is}, ${it.outcome}`),
    );
    tell(
      'by the step that the controller had been told of last',
      counted(cuts, ({ step }) => step),
    );
    expect(cuts.flatMap(faultsOf)).toEqual([]);
    if (every === 1) expect(rare(cuts)).toEqual([]);
    expect(cuts.length).toBeGreaterThanOrEqual(60);
  });

  it('a missing fsync is seen: with a sync that does nothing, files are torn or outcomes wrong', async () => {
    const deaf =
      "printf '#!/bin/sh\\nexit 0\\n' >/usr/local/bin/sync && chmod +x /usr/local/bin/sync && /usr/bin/sync";
    const { cuts } = await cutRun(host, goesThrough, { seed: 100, pause: 10, behind: 2 }, (it) =>
      on(it, deaf),
    );
    const faults = cuts.flatMap(faultsOf);
    tell(
      `without fsync: ${faults.length} faults in ${cuts.length} pulls`,
      counted(cuts, (it) => `${it.phase}: ${it.is}, ${it.outcome}`),
    );
    expect(faults.length).toBeGreaterThan(0);
  });

  it('and the boot brings named up as before or as planned', async () => {
    const wrong: string[] = [];
    let booted = 0;
    const life = runs[0]?.life ?? { old: '', new: '' };
    const booting = forBoot(runs.flatMap((it) => it.cuts));
    for (const cut of booting.slice(0, share(booting.length))) {
      const lived = await lifeAfter(host, cut.disk);
      booted += 1;
      process.stdout.write(`booted: ${cut.phase}, step ${cut.step}, ${cut.is}\n`);
      if (cut.is === 'torn' || lived !== life[cut.is])
        wrong.push(`${cut.phase}, step ${cut.step}, ${cut.is}:\n${lived}`);
    }
    tell('', { booted });
    expect(wrong).toEqual([]);
  });
});
