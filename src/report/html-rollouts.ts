import type { Counted, RolloutSummary } from '../rollout/summary.ts';
import { bar, hostList, many, section } from './html-parts.ts';
import { h, when, type Markup } from './markup.ts';
import type { Run } from './run.ts';

const stages: Readonly<Record<Counted, string>> = {
  done: 'done',
  watching: 'enforced, and watched',
  passed: 'proven, and waiting',
  soaking: 'soaking',
  new: 'not begun',
  elsewhere: 'in another rollout',
  unseen: 'not seen',
  back: 'went back',
};

const stateWords: Readonly<Record<RolloutSummary['is'], string>> = {
  'not-begun': 'not begun',
  running: 'running',
  paused: 'paused',
  back: 'a host went back',
  done: 'done',
};

/** Where rollouts stand: a bar a wave, and what keeps hosts where they are. */
export function rolloutsSection({ rollouts }: Run): Markup {
  if (rollouts.length === 0) return h``;
  return section('rollouts', 'Rollouts', many(rollouts.length, 'rollout'), h`${rollouts.map(rollout)}`);
}

function rollout({ name, is, paused, waves, blocks }: RolloutSummary): Markup {
  const order = Object.keys(stages) as Counted[];
  const rows = waves.map(({ wave, hosts, stages: counts }, i) => {
    const parts = order.flatMap((it) => (counts[it] ? [[`st-${it}`, counts[it]] as const] : []));
    const text = order.flatMap((it) => (counts[it] ? [`${counts[it]} ${stages[it]}`] : [])).join(', ');
    return h`<div class="wave"><h4>wave ${i + 1} <small>${wave}, ${many(hosts, 'host')}</small></h4>${bar(parts, text)}<p>${text}</p></div>`;
  });
  return h`<article class="block rollout"><h3>${name} <small>${stateWords[is]}${paused === undefined ? '' : ` by ${paused}`}</small></h3>
${rows}
${when(
  blocks.length > 0,
  () =>
    h`<ul class="issues">${blocks.map(
      ({ kind, what, command, hosts }) =>
        h`<li class="issue ${kind === 'back' || kind === 'blocked' ? 'error' : 'warning'}"><p>${what}</p>${when(command !== undefined, () => h`<p class="next">${command ?? ''}</p>`)}<div class="where"><span class="rule">${kind}</span>${hostList(hosts)}</div></li>`,
    )}</ul>`,
)}</article>`;
}
