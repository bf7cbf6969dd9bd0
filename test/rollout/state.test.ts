import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ProfileName } from '../../src/brand.ts';
import { formatState, parseState, type StateFile } from '../../src/rollout/state.ts';
import type { Exercise, RolloutState, Stage } from '../../src/rollout/types.ts';

const word = fc.stringMatching(/^[A-Za-z0-9._@-]{1,20}$/).filter((it) => it !== '-');
const line = fc.string({ maxLength: 60 }).map((it) => it.replace(/[\t\n]/g, ' '));
const seconds = fc.double({ min: 0, max: 4e9, noNaN: true });
const exercise = fc.constantFrom<Exercise>('query-udp', 'reload', 'journal', 'transfer-in');

const files: fc.Arbitrary<StateFile> = fc.record({
  state: fc.record<RolloutState>({
    version: fc.constant(1),
    id: word,
    name: line.filter((it) => it !== ''),
    generation: fc.nat(),
    stage: fc.constantFrom<Stage>('soaking', 'watching', 'done', 'back'),
    paused: fc.option(fc.record({ who: line, at: seconds }), { nil: undefined }),
    claim: fc.option(fc.record({ token: word, who: line, boot: word, uptime: seconds }), { nil: undefined }),
    profile: fc.constantFrom('named', '/usr/sbin/named').map((it) => it as ProfileName),
    policy: fc.stringMatching(/^[0-9a-f]{0,40}$/),
    since: seconds,
    soaked: seconds,
    last: fc.record({
      boot: word,
      uptime: seconds,
      invocation: fc.oneof(word, fc.constant('')),
      at: seconds,
    }),
    cursor: fc.record({ boot: word, time: seconds, serial: fc.nat(), line: fc.nat() }),
    exercised: fc.uniqueArray(exercise),
    reason: fc.option(line, { nil: undefined }),
  }),
  counts: fc.dictionary(exercise, fc.nat(), { noNullPrototype: true }),
});

it('a state is read as it was written', () => {
  fc.assert(
    fc.property(files, (file) => {
      expect(parseState(formatState(file))).toEqual(file);
    }),
  );
});

it('a state that was cut anywhere, or is of another version, is not read', () => {
  fc.assert(
    fc.property(files, fc.double({ min: 0, max: 1, noNaN: true }), (file, share) => {
      const text = formatState({ ...file, state: { ...file.state, reason: 'the end' } });
      const cut = text.slice(0, Math.floor(share * (text.length - 1)));
      // A file that ends with a whole line could be one, but for what then is missing from it.
      if (!cut.endsWith('\n')) expect(parseState(cut)).toBeUndefined();
      expect(parseState(text.replace('version\t1', 'version\t2'))).toBeUndefined();
    }),
  );
  expect(parseState('')).toBeUndefined();
});
