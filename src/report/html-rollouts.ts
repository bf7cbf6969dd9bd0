import type { Counted, RolloutSummary } from '../rollout/summary.ts';
import { bar, many, section } from './html-parts.ts';
import { h, type Markup } from './markup.ts';
import type { Run } from './run.ts';
import { stageWords } from './standing.ts';

const stateWords: Readonly<Record<RolloutSummary['is'], string>> = {
  'not-begun': 'not begun',
  running: 'running',
  paused: 'paused',
  back: 'a host went back',
  done: 'done',
};

/** Where rollouts stand: a bar a wave. What keeps hosts where they are is among what stands out. */
export function rolloutsSection({ rollouts }: Run): Markup {
  if (rollouts.length === 0) return h``;
  return section('rollouts', 'Rollouts', many(rollouts.length, 'rollout'), h`${rollouts.map(rollout)}`);
}

function rollout({ name, is, paused, waves }: RolloutSummary): Markup {
  const order = Object.keys(stageWords) as Counted[];
  const rows = waves.map(({ wave, hosts, stages: counts }, i) => {
    const parts = order.flatMap((it) => (counts[it] ? [[`st-${it}`, counts[it]] as const] : []));
    const text = order.flatMap((it) => (counts[it] ? [`${counts[it]} ${stageWords[it]}`] : [])).join(', ');
    return h`<div class="wave"><h4>wave ${i + 1} <small>${wave}, ${many(hosts, 'host')}</small></h4>${bar(parts, text)}<p>${text}</p></div>`;
  });
  return h`<article class="block rollout"><h3>${name} <small>${stateWords[is]}${paused === undefined ? '' : ` by ${paused}`}</small></h3>
${rows}</article>`;
}
