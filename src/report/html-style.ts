/** The style of the page: light and dark by what the reader's system prefers, from a phone to a wall. */
export const style = `
:root {
  --page: #f4f6f8; --card: #fff; --line: #e3e8ee; --text: #17212b; --dim: #5b6876; --soft: #eef2f6;
  --good: #1f9d6b; --held: #8058d6; --pending: #2f7fd6; --weak: #d99a00; --failed: #e0702a; --alarm: #d93a4a;
  --open: #b3162c; --broken: #8a0f22; --dark: #75828f; --unseen: #c3ccd6; --ink: #fff; --accent: #0f5fb8;
  --plus: #e4f6ec; --minus: #fdeaec; --shadow: 0 1px 2px #17212b14, 0 4px 16px #17212b0a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0e141a; --card: #17202a; --line: #263340; --text: #e8eef4; --dim: #93a3b3; --soft: #1e2935;
    --good: #35b985; --held: #a486ec; --pending: #5aa2ee; --weak: #e6b43c; --failed: #ee8b4c; --alarm: #f0606d;
    --open: #e2394e; --broken: #c32238; --dark: #8494a3; --unseen: #41505f; --ink: #0b1117; --accent: #7db8f5;
    --plus: #12301f; --minus: #3a171c; --shadow: none;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-behavior: smooth; }
body {
  margin: 0 auto; padding: 2rem clamp(1rem, 4vw, 3rem) 3rem; max-width: 78rem; background: var(--page);
  color: var(--text); overflow-wrap: anywhere; font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
h1, h2, h3, h4, p, ul, dl, dd { margin: 0; padding: 0; }
ul { list-style: none; }
h1 { font-size: clamp(1.6rem, 5vw, 2.3rem); line-height: 1.15; letter-spacing: -.02em; }
h2 { font-size: 1.2rem; letter-spacing: -.01em; margin-bottom: .8rem; }
h3 { font-size: .95rem; }
h4 { font-size: .78rem; font-weight: 600; color: var(--dim); margin-top: .8rem; }
small { font-weight: 400; color: var(--dim); font-size: .85em; }
h2 small { margin-left: .4rem; font-size: .85rem; }
code, pre { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: .85em; }
.brand { font-weight: 700; letter-spacing: .02em; color: var(--accent); margin-bottom: .3rem; }
.meta { color: var(--dim); font-size: .85rem; margin-top: .5rem; }
.meta span:not(:last-child)::after { content: "·"; margin: 0 .5em; }
section { margin-top: 2.2rem; }
.hero, .block, .issue, table.list, table.denials {
  background: var(--card); border: 1px solid var(--line); border-radius: 12px; box-shadow: var(--shadow);
}
.hero { padding: 1.5rem; margin-top: 1.5rem; }
.verdict { font-size: clamp(1.25rem, 4vw, 1.9rem); letter-spacing: -.02em; line-height: 1.2; }
.hero.all .verdict { color: var(--good); }
.bar { display: block; width: 100%; height: 12px; border-radius: 6px; margin: .9rem 0 .8rem; background: var(--soft); }
.legend { display: flex; flex-wrap: wrap; gap: .35rem 1.3rem; font-size: .9rem; color: var(--dim); }
.legend b { color: var(--text); }
.dot { display: inline-block; width: .7em; height: .7em; border-radius: 50%; margin-right: .5em; background: var(--c); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .8rem; margin-top: 1.4rem; }
.tiles li { background: var(--soft); border-radius: 10px; padding: .8rem 1rem; }
.tiles b { display: block; font-size: 1.6rem; line-height: 1.2; letter-spacing: -.02em; font-variant-numeric: tabular-nums; }
.tiles span { font-size: .8rem; color: var(--dim); }
.good, .done { --c: var(--good); } .held { --c: var(--held); } .pending { --c: var(--pending); }
.weak, .warning { --c: var(--weak); } .failed { --c: var(--failed); } .alarm, .error { --c: var(--alarm); }
.open { --c: var(--open); } .broken { --c: var(--broken); } .dark { --c: var(--dark); } .unseen { --c: var(--unseen); }
.note { --c: var(--pending); } .denies { --c: var(--good); } .records { --c: var(--weak); } .nothing { --c: var(--open); }
.st-done { --c: var(--good); } .st-watching { --c: var(--held); } .st-passed { --c: var(--pending); }
.st-soaking { --c: var(--weak); } .st-new { --c: var(--unseen); } .st-back { --c: var(--alarm); }
.st-elsewhere, .st-unseen { --c: var(--dark); }
rect { fill: var(--c); }
.blocks { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 22rem), 1fr)); gap: 1rem; align-items: start; }
.block { padding: 1rem 1.1rem; min-width: 0; }
.cells { display: flex; flex-wrap: wrap; gap: 4px; margin-top: .6rem; }
.cells a {
  width: 20px; height: 20px; border-radius: 5px; background: var(--c); color: var(--ink); text-decoration: none;
  font: 700 12px/20px system-ui, sans-serif; text-align: center;
}
.cells a:hover, .cells a:focus-visible { outline: 2px solid var(--text); outline-offset: 1px; }
.cells.named a {
  width: auto; height: auto; padding: .15rem .6rem; font-weight: 600; line-height: 1.5; font-size: .8rem;
  text-align: left;
}
.blocks.large { grid-template-columns: 1fr; }
.large .block { display: grid; grid-template-columns: minmax(9rem, 13rem) 4.5rem 1fr; gap: 0 1rem; align-items: start; }
.large h3 { grid-row: 1 / span 9; }
.large h3 small { display: block; }
.large h4 { grid-column: 2; margin: 0; line-height: 20px; }
.large .cells { grid-column: 3; margin: 0 0 .4rem; }
.issues { display: grid; gap: .7rem; }
.issue { padding: .8rem 1rem; border-left: 4px solid var(--c); min-width: 0; }
.issue p:first-child { font-weight: 600; }
.why { color: var(--dim); }
.next { font-size: .9rem; margin-top: .2rem; }
.next::before { content: "→ "; color: var(--accent); font-weight: 700; }
.where { display: flex; flex-wrap: wrap; gap: .3rem .7rem; align-items: baseline; font-size: .82rem; color: var(--dim); margin-top: .4rem; }
.where b { color: var(--text); }
.rule, .hosts span, .tag {
  display: inline-block; background: var(--soft); border-radius: 6px; padding: .05rem .5rem; max-width: 100%;
}
.hosts { display: inline-flex; flex-wrap: wrap; gap: .3rem; }
.rule { font-weight: 600; }
.tag { background: color-mix(in srgb, var(--c) 16%, transparent); color: color-mix(in srgb, var(--c) 75%, var(--text)); font-weight: 600; }
summary { cursor: pointer; color: var(--accent); }
.fold[open] { flex-basis: 100%; }
.fold .hosts, .each { margin-top: .4rem; }
.each { font-size: .85rem; display: grid; gap: .2rem; }
.more, .change details { margin-top: .7rem; }
.more .issues { margin-top: .7rem; }
.change + .change, .rollout + .rollout { margin-top: .7rem; }
.wave .bar { margin: .3rem 0; height: 10px; }
.wave p { font-size: .85rem; color: var(--dim); }
.tasks { margin: .4rem 0 0 1.1rem; list-style: disc; font-size: .9rem; }
pre {
  margin: .6rem 0 0; padding: .8rem 0; border-radius: 8px; background: var(--soft); overflow-x: auto; line-height: 1.45;
}
pre:not(.diff) { padding: .8rem 1rem; }
.diff span { display: block; padding: 0 1rem; min-width: max-content; white-space: pre; }
.diff .plus { background: var(--plus); } .diff .minus { background: var(--minus); }
.diff .hunk { color: var(--accent); } .diff .file, .diff .task { font-weight: 700; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: separate; border-spacing: 0; font-size: .88rem; font-variant-numeric: tabular-nums; }
th { text-align: left; font-size: .75rem; font-weight: 600; color: var(--dim); }
th, td { padding: .55rem .8rem; vertical-align: middle; }
.list .tag { max-width: 18rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; vertical-align: middle; }
th, .denials .tag, time { white-space: nowrap; }
.looked td:first-child { min-width: 13rem; }
.looked td:nth-child(n+6) { white-space: nowrap; color: var(--dim); }
.denials td:nth-child(2) { width: 42%; }
td { border-top: 1px solid var(--line); }
td small { display: block; }
tr:target td { background: color-mix(in srgb, var(--accent) 14%, transparent); }
.gauge { display: inline-flex; align-items: center; gap: .5rem; white-space: nowrap; }
.gauge svg { width: 3.5rem; height: 6px; border-radius: 3px; background: var(--soft); }
#only { margin: 0 .4rem .8rem 0; accent-color: var(--accent); }
body:has(#only:checked) .list tr.good:not(:target), body:has(#only:checked) .list tr.held:not(:target) { display: none; }
footer { margin-top: 3rem; color: var(--dim); font-size: .85rem; }
footer dl { display: grid; gap: .35rem; margin: .8rem 0 1.2rem; }
footer dl div { display: grid; grid-template-columns: minmax(8rem, 14rem) 1fr; gap: .8rem; }
footer dt { color: var(--text); font-weight: 600; }
p.note { margin-top: .7rem; color: var(--dim); }
@media (max-width: 46rem) {
  body { padding-top: 1.2rem; }
  .hero { padding: 1.1rem; }
  .tiles { grid-template-columns: 1fr 1fr; }
  .list thead, .denials thead { display: none; }
  .list tr, .denials tr { display: flex; flex-wrap: wrap; align-items: center; gap: .1rem .9rem; padding: .6rem .9rem; border-top: 1px solid var(--line); }
  .list tbody tr:first-child, .denials tbody tr:first-child { border-top: 0; }
  .list td, .denials td { border: 0; padding: 0; min-width: 0; color: var(--dim); }
  .list td:first-child, .denials td:nth-child(2), .list:not(.looked) td, .looked td[colspan] { flex-basis: 100%; color: var(--text); }
  .looked td:nth-child(3)::before { content: "no new privileges: "; } .looked td:nth-child(4)::before { content: "system calls: "; }
  .looked td:nth-child(6)::before { content: "named "; } .looked td:nth-child(7)::before { content: "last: "; }
  .large .block { display: block; }
  .large h3 small { display: inline; }
  .large .cells { margin: .4rem 0 .8rem; }
  .looked td:first-child { min-width: 0; }
  footer dl div { grid-template-columns: 1fr; gap: 0; }
}
@media print { body { background: none; } .hero, .block, .issue, table { break-inside: avoid; box-shadow: none; } #only, label { display: none; } }
`;
