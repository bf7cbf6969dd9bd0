import { confinement } from '../observe/label.ts';
import type { Observation } from '../observe/observation.ts';
import { instant, many, section } from './html-parts.ts';
import { h, when, type Markup } from './markup.ts';
import { outcomeReason, outcomeWords } from './outcome-text.ts';
import type { HostRun, Run } from './run.ts';
import { otherUnit } from './status-text.ts';
import { stageWords, standingOf, standingWords } from './standing.ts';

const mostShown = 40;

/** Every host with what confines it, or how it ended; the grid leads here. */
export function hostsSection(run: Run): Markup {
  if (run.hosts.length === 0) return h``;
  const looked = run.hosts.some(({ status }) => status);
  const head = looked
    ? h`<th>Host<th>Confinement<th>No new privileges<th>System calls<th>Exposure<th>named<th>Last transaction`
    : h`<th>Host<th>How it ended`;
  const rows = run.hosts.map((it, i) => row(it, `h${i}`, looked));
  return section(
    'hosts',
    'Hosts',
    many(run.hosts.length, 'host'),
    h`<input type="checkbox" id="only"${folds(run) ? { markup: ' checked' } : ''}><label for="only">only those to look at</label>
<table class="list ${looked ? 'looked' : ''}"><thead><tr>${head}</tr></thead><tbody>${rows}</tbody></table>`,
  );
}

/** A large fleet shows first what is odd in it; the grid still leads to any other. */
const folds = ({ hosts }: Run): boolean =>
  hosts.length > mostShown && hosts.some((it) => !/^(good|held)$/.test(standingOf(it)));

function row(it: HostRun, id: string, looked: boolean): Markup {
  const standing = standingOf(it);
  const host = h`<td><i class="dot ${standing}" title="${standingWords[standing]}"></i><b>${it.host}</b>`;
  if (!it.status)
    return h`<tr id="${id}" class="${standing}">${host}<td${looked ? { markup: ' colspan="6"' } : ''}>${ending(it)}</tr>`;
  const { unit, named, exposure, last } = it.status.attestation;
  const process = named.is === 'value' ? named.value.process : named;
  const of = <T>(pick: (value: Extract<typeof process, { is: 'value' }>['value']) => Observation<T>) =>
    process.is === 'value' ? pick(process.value) : process;
  const label = of((value) => value.label);
  const state =
    unit.is === 'value'
      ? process.is === 'value'
        ? h`${otherUnit(unit.value)}since ${instant(unit.value.startedAt)}`
        : `${otherUnit(unit.value)}${unit.value.active}`
      : say(unit, () => '', 'no named.service');
  return h`<tr id="${id}" class="${standing}">${host}<td>${
    label.is === 'value'
      ? h`<span class="tag ${confinement(label.value)}">${label.value.text}</span>`
      : say(label, () => '', process.is === 'value' ? 'no label' : '–')
  }<td>${say(
    of((value) => value.noNewPrivs),
    (yes) => (yes ? 'yes' : 'no'),
  )}<td>${say(
    of((value) => value.seccomp),
    (mode) => (mode === 'off' ? 'any' : mode === 'filter' ? 'filtered' : mode),
  )}<td>${exposure.is === 'value' ? gauge(exposure.value) : say(exposure, () => '')}<td>${state}<td>${say(
    last,
    ({ outcome, at }) => h`${outcome} ${instant(at)}`,
    'never',
  )}</tr>`;
}

function ending({ outcome, blocked, stage }: HostRun): Markup {
  if (stage !== undefined && (outcome === undefined || outcome.is === 'committed'))
    return h`${stageWords[stage]}`;
  if (!outcome)
    return blocked ? h`${many(blocked.length, 'need')} blocked` : h`not told before the run was cut off`;
  const reason = outcomeReason(outcome);
  return h`${outcomeWords[outcome.is]}${when(reason !== '', () => h`<small>${reason}</small>`)}`;
}

/** From 0, the best, to 10. */
const gauge = (level: number): Markup =>
  h`<span class="gauge"><svg viewBox="0 0 10 1" preserveAspectRatio="none" aria-hidden="true"><rect class="${level < 4 ? 'good' : level < 7 ? 'weak' : 'open'}" width="${level}" height="1"/></svg>${level.toFixed(1)}</span>`;

function say<T>(it: Observation<T>, words: (value: T) => string | Markup, none = '–'): string | Markup {
  if (it.is === 'value') return words(it.value);
  return it.is === 'absent' ? none : 'unknown';
}
