import { expect, it } from 'vitest';
import { containers } from '../support/lab.ts';
import { figures } from '../support/figures.ts';
import { bring } from '../support/rounds.ts';
import { share } from '../support/share.ts';
import { seeded } from '../support/seeded.ts';
import { killRounds } from '../support/killed.ts';
import { conversation, cutRounds, placesToCut, type Round } from '../support/wire.ts';

const names = ['c1', 'c2', 'c3', 'c4'];

const most = (numbers: readonly number[]) => Math.max(0, ...numbers).toFixed(1);
const row = (what: string, rounds: readonly Round[]) => ({
  what,
  rounds: rounds.length,
  'all new': rounds.filter(({ end }) => end === 'new').length,
  'all old': rounds.filter(({ end }) => end === 'old').length,
  'exit 4': rounds.filter(({ exit }) => exit === 4).length,
  'noticed in s, at most': most(rounds.map(({ noticed }) => noticed)),
  'at rest in s, at most': most(rounds.map(({ rested }) => rested)),
  wrong: rounds.filter(({ wrong }) => wrong.length > 0).length,
});

it('a connection that is cut anywhere leaves a host all new or all old, and nobody says what is not so', async () => {
  const hosts = await containers(names);
  const [first] = hosts;
  if (!first) throw new Error('no host');
  await bring(first, 0);
  const length = await conversation(first, 1);
  const cuts = placesToCut(length, share(180, 20), seeded(4));
  const rounds = (await cutRounds(hosts, cuts)).filter(({ was }) => was === 'cut');
  const by = (how: string, from: string) => rounds.filter(({ cut }) => cut?.how === how && cut.from === from);
  figures(
    `cut after N bytes of ${length.client.whole} (client) and ${length.server.whole} (server)`,
    ['reset', 'end', 'dark'].flatMap((how) =>
      ['client', 'server'].map((from) => row(`${how}, behind bytes of the ${from}`, by(how, from))),
    ),
  );
  expect(rounds.flatMap(({ wrong, cut }) => wrong.map((it) => `${JSON.stringify(cut)}: ${it}`))).toEqual([]);
  expect(rounds.length).toBeGreaterThanOrEqual(share(100, 12));
  for (const end of ['new', 'old']) expect(rounds.map((it) => it.end)).toContain(end);
});

it('a controller that is killed at any instant leaves a host all new or all old', async () => {
  const hosts = await containers(names);
  const rounds = await killRounds(hosts, share(50, 10), seeded(5));
  figures('controller killed with SIGKILL', [row('at random instants', rounds)]);
  expect(rounds.flatMap(({ wrong }) => wrong)).toEqual([]);
  for (const end of ['new', 'old']) expect(rounds.map((it) => it.end)).toContain(end);
});
