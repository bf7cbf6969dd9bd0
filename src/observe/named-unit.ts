import type { UnitName } from '../brand.ts';
import { shQuote } from '../quote.ts';
import { unknown, value } from './observation.ts';
import type { Probe, ShellSource } from './probe.ts';

/** A unit that probes ask for, as the shell on the host has it. */
export interface AskedUnit {
  /** Tells questions about it from those about others. */
  readonly key: string;
  readonly needs: readonly ShellSource[];
  /** Gathers it, so that systemd is asked once. */
  readonly gather: string;
  /** What comes before the first question about it; empty for nothing. */
  readonly decide: string;
  /** Its name, as a word of shell. */
  readonly word: string;
}

/** The unit that runs named on a host, whichever that is, or would. */
export type NamedUnit = AskedUnit & { readonly is: 'named' };

/** A unit by its name. */
export const unitCalled = (name: UnitName): AskedUnit => ({
  key: name,
  needs: ['resources/unit.observe.sh'],
  gather: `ask_unit ${shQuote(name)}`,
  decide: '',
  word: shQuote(name),
});

/**
 * The unit of named: a running one decides, and of several the one that is declared, or named.service; where none
 * runs, the one that is declared, or that is there to start it.
 * @param declared units that a host's tasks are about, named's or not
 */
export const namedUnit = (declared: readonly UnitName[] = []): NamedUnit => ({
  is: 'named',
  key: ['of named', ...declared].join(' '),
  needs: ['resources/unit.observe.sh', 'observe/named-unit.observe.sh'],
  gather: ['ask_named_unit', ...declared.map(shQuote)].join(' '),
  decide: 'decide_named_unit',
  word: '"$named_unit"',
});

/** A unit as probes take it: by its name, or asked for. */
export const asked = (of: UnitName | AskedUnit): AskedUnit => (typeof of === 'string' ? unitCalled(of) : of);

/** Lines of shell that ask a question about a unit. */
export const askAbout = ({ decide, word }: AskedUnit, question: string): string =>
  `${decide === '' ? '' : `${decide}\n`}${question} ${word}`;

/** A unit that a playbook or the distribution has for named. */
export interface KnownUnit {
  /** What it was asked by, which may be an alias. */
  readonly by: string;
  readonly name: string;
  readonly active: string;
  readonly enabled: string;
}

/** Asks how those units are which start a named: named.service, and of the declared ones. */
export const knownUnitsProbe = (of: NamedUnit): Probe<readonly KnownUnit[]> => ({
  key: `known:${of.key}`,
  needs: of.needs,
  gather: of.gather,
  ask: (key) => `observe_known ${key}`,
  parse: (frames, key) => {
    const text = frames.text(`${key} known`);
    if (text === undefined) return unknown('the host did not answer');
    return value(
      text
        .split('\n')
        .filter(Boolean)
        .map((line) => {
          const [by = '', name = '', active = '', enabled = ''] = line.split('\t');
          return { by, name, active, enabled };
        }),
    );
  },
});
