import { expect, it } from 'vitest';
import { containers } from '../support/lab.ts';
import { bring } from '../support/rounds.ts';
import { races } from '../support/race.ts';
import { seeded } from '../support/seeded.ts';
import { killRounds } from '../support/killed.ts';
import { conversation, cutRounds, placesToCut } from '../support/wire.ts';

// A few of what npm run test:faults does at length.
it('a cut connection, a killed controller and a race leave a host of one plan, and nobody says what is not so', async () => {
  const hosts = await containers(['c1', 'c2']);
  const [first] = hosts;
  if (!first) throw new Error('no host');
  await bring(first, 0);
  const cuts = placesToCut(await conversation(first, 1), 30, seeded(1)).filter(({ how }) => how !== 'dark');
  const wrong = [
    ...(await cutRounds(hosts, cuts.slice(0, 6))),
    ...(await killRounds(hosts, 4, seeded(2))),
    ...(await races(first, 3, 2, seeded(3))),
  ].flatMap((it) => it.wrong);
  expect(wrong).toEqual([]);
});
