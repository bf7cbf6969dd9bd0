import { expect, it } from 'vitest';
import { containers } from '../support/lab.ts';
import { figures } from '../support/figures.ts';
import { share } from '../support/share.ts';
import { seeded } from '../support/seeded.ts';
import { endings, races } from '../support/race.ts';

it('of controllers that race for one host, one at a time changes it, and no outcome is lost', async () => {
  const [host] = await containers(['c1']);
  if (!host) throw new Error('no host');
  const rows = [];
  const wrong: string[] = [];
  for (const racers of [2, 5]) {
    const rounds = await races(host, racers, share(20, 4), seeded(racers));
    const ends = rounds.flatMap((it) => it.ends);
    rows.push({
      controllers: racers,
      rounds: rounds.length,
      ...Object.fromEntries(endings.map((it) => [it, ends.filter((end) => end === it).length])),
      wrong: rounds.filter((it) => it.wrong.length > 0).length,
    });
    wrong.push(...rounds.flatMap((it) => it.wrong));
  }
  figures('controllers that race for one host', rows);
  expect(wrong).toEqual([]);
});
