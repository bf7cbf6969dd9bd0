import { confinement } from '../observe/label.ts';
import { namedDenials } from '../fleet/trail-findings.ts';
import { bar, legend, many, section, shares } from './html-parts.ts';
import { issuesOf } from './issues.ts';
import { h, when, type Markup } from './markup.ts';
import type { HostRun, Run } from './run.ts';
import { standingOf, standingWords, type Standing } from './standing.ts';

/** What somebody reads who reads nothing else: how many hosts are as they should be. */
export function summary(run: Run): Markup {
  if (run.hosts.length === 0) return verdictOfFiles(run);
  const parts = shares(run.hosts);
  const good = parts.reduce((sum, [kind, n]) => sum + (kind === 'good' || kind === 'held' ? n : 0), 0);
  const all = run.hosts.length;
  return h`<section class="hero ${good === all ? 'all' : ''}">
<p class="verdict"><b>${good}</b> of <b>${all}</b> ${all === 1 ? 'host' : 'hosts'} as declared</p>
${bar(parts, parts.map(([kind, n]) => `${n} ${standingWords[kind]}`).join(', '))}
${legend(parts)}
${tiles(run)}
</section>`;
}

function verdictOfFiles(run: Run): Markup {
  const issues = issuesOf(run);
  const errors = issues.filter(({ level }) => level === 'error').length;
  const words =
    errors > 0
      ? `${many(errors, 'error')} in what was checked`
      : issues.length > 0
        ? `Right, with ${many(issues.length, 'thing')} to look at`
        : 'Everything is right';
  return h`<section class="hero ${errors === 0 ? 'all' : ''}"><p class="verdict">${words}</p></section>`;
}

/** Numbers of an attestation, for those who watch them from week to week. */
function tiles(run: Run): Markup {
  const seen = run.hosts.flatMap(({ status }) => status ?? []);
  if (seen.length === 0) return h``;
  const enforced = seen.filter(({ attestation: { named } }) => {
    const process = named.is === 'value' ? named.value.process : named;
    return (
      process.is === 'value' &&
      process.value.label.is === 'value' &&
      confinement(process.value.label.value) === 'denies'
    );
  }).length;
  const denials = seen.map(({ attestation }) => {
    const { trail } = attestation;
    const evidence = trail.is === 'value' ? trail.value.evidence : trail;
    return evidence.is === 'value'
      ? namedDenials(attestation, evidence.value).reduce((sum, { count }) => sum + count, 0)
      : 0;
  });
  const denied = denials.reduce((sum, n) => sum + n, 0);
  const exposures = seen
    .flatMap(({ attestation: { exposure } }) => (exposure.is === 'value' ? [exposure.value] : []))
    .toSorted((a, b) => a - b);
  const middle = exposures[Math.floor(exposures.length / 2)];
  const held = seen.filter(({ attestation: { holds } }) => holds.is === 'value' && holds.value.length > 0);
  const drift = seen.filter(({ plan }) => plan && plan.state !== 'in-sync').length;
  const planned = seen.some(({ plan }) => plan);
  return h`<ul class="tiles">
${tile(`${enforced}/${seen.length}`, 'enforced by policy')}
${tile(denied, `${denied === 1 ? 'access' : 'accesses'} denied this boot`)}
${when(middle !== undefined, () => tile((middle ?? 0).toFixed(1), 'median exposure, of 10'))}
${when(planned, () => tile(drift, `${drift === 1 ? 'differs' : 'differ'} from the playbook`))}
${tile(held.length, 'held on purpose')}
</ul>`;
}

const tile = (number: string | number, words: string): Markup =>
  h`<li><b>${number}</b><span>${words}</span></li>`;

/** A fleet of more hosts than these is shown without their names. */
const mostNamed = 40;

const glyphs: Readonly<Record<Standing, string>> = {
  broken: '✕',
  open: '!',
  alarm: '!',
  failed: '↩',
  dark: '?',
  weak: '·',
  pending: '~',
  held: '=',
  good: '',
  unseen: '',
};

/** The fleet as a grid: a block for hosts of the same groups, and in it a row for each wave. */
export function fleetSection(run: Run): Markup {
  if (run.hosts.length === 0) return h``;
  const sizes = new Map<string, number>();
  for (const { groups } of run.hosts) for (const it of groups) sizes.set(it, (sizes.get(it) ?? 0) + 1);
  const blocks = new Map<string, Placed[]>();
  for (const [i, it] of run.hosts.entries()) {
    const name = it.groups.toSorted((a, b) => (sizes.get(b) ?? 0) - (sizes.get(a) ?? 0)).join(' / ');
    blocks.set(name, [...(blocks.get(name) ?? []), { ...it, id: `h${i}` }]);
  }
  const named = run.hosts.length <= mostNamed;
  const inner = [...blocks].map(([name, hosts]) => block(name || 'in no group', hosts, named));
  const aside = `${many(run.hosts.length, 'host')}${blocks.size > 1 ? ` in ${blocks.size} groups` : ''}`;
  return section('fleet', 'The fleet', aside, h`<div class="blocks ${named ? '' : 'large'}">${inner}</div>`);
}

interface Placed extends HostRun {
  readonly id: string;
}

function block(name: string, hosts: readonly Placed[], named: boolean): Markup {
  const waves = new Map<string, Placed[]>();
  for (const it of hosts) {
    const wave = it.rollout ? `wave ${it.rollout.wave + 1}` : '';
    waves.set(wave, [...(waves.get(wave) ?? []), it]);
  }
  const rows = [...waves]
    .toSorted(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
    .map(
      ([wave, of]) =>
        h`<h4>${wave}</h4><div class="cells ${named ? 'named' : ''}">${of.map((it) => cell(it, named))}</div>`,
    );
  return h`<article class="block"><h3>${name} <small>${hosts.length}</small></h3>${rows}</article>`;
}

function cell(it: Placed, named: boolean): Markup {
  const standing = standingOf(it);
  const text = named ? it.host : glyphs[standing];
  return h`<a class="${standing}" href="#${it.id}" title="${it.host}: ${standingWords[standing]}">${text}</a>`;
}
