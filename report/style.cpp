#include "report/style.h"

namespace othello {

// Colours of series are chosen to stay apart for colour-blind readers (after Okabe & Ito) and dark enough to serve
// as text on the page: contrast of at least 4.5 in both themes. Discs, squares and heat maps keep their colours in
// the dark, where only the paper around them changes.
std::string_view style_sheet() {
  return R"css(
:root {
  --paper: #ffffff; --panel: #f5f6f4; --ink: #1c2126; --soft: #59626b; --rule: #d9dcdd; --grid: #e7e9ea;
  --network: #0a63a8; --untrained: #9b3d7c; --input: #b14a00; --bag: #7c6300; --chance: #5d666e; --floor: #5d666e;
  --kernel: #0b6e4f; --yes: #0b6e4f; --partly: #8a5a00; --no: #a3262a; --gap: #0a63a8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #15181b; --panel: #1e2327; --ink: #e8eaec; --soft: #a3abb2; --rule: #3a4147; --grid: #2a3035;
    --network: #6cb6f2; --untrained: #e592c8; --input: #f59e57; --bag: #d8bb3f; --chance: #a9b1b8; --floor: #a9b1b8;
    --kernel: #5fcf9f; --yes: #5fcf9f; --partly: #e8b04b; --no: #ff8f8a; --gap: #6cb6f2;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif; }
main { max-width: 980px; margin: 0 auto; padding: 48px 32px 72px; }
.eyebrow { margin: 0; color: var(--soft); font-size: 14px; }
h1 { margin: 6px 0 14px; font-size: 33px; line-height: 1.2; letter-spacing: -0.012em; max-width: 26em; text-wrap: balance; }
.lead { font-size: 17px; max-width: 44em; margin: 0 0 26px; color: var(--soft); }
h2 { margin: 0 0 10px; font-size: 23px; line-height: 1.25; letter-spacing: -0.008em; }
section { margin-top: 52px; padding-top: 22px; border-top: 1px solid var(--rule); }
section > p { max-width: 44em; }
h3 { margin: 34px 0 4px; font-size: 16px; }
h3 + figure { margin-top: 14px; }
p { margin: 0 0 12px; }
nav { margin: 24px 0 0; font-size: 14px; color: var(--soft); }
a { color: var(--network); text-underline-offset: 2px; }
nav a { margin-right: 18px; white-space: nowrap; }
figure { margin: 28px 0 0; }
.finding { font-weight: 650; margin: 0 0 12px; max-width: 50em; }
figcaption { margin-top: 12px; color: var(--soft); font-size: 14px; max-width: 56em; }
figcaption strong { color: var(--ink); font-weight: 600; }
.row { display: flex; flex-wrap: wrap; gap: 24px 16px; align-items: flex-start; }
.row > div { min-width: 0; max-width: 100%; }
.row.boards { gap: 18px 20px; }
.row.wide { gap: 28px 36px; }
.row.figures { gap: 0 16px; }
.row.figures .finding { min-height: 3.1em; }
.row.figures > div { flex: 1 1 300px; max-width: 450px; }
table.numbers th, table.numbers td { padding-right: 14px; white-space: nowrap; }
table.scores th, table.scores td { padding: 6px 12px 6px 0; font-size: 13px; }
table.scores td { white-space: pre; }
.joined { line-height: 1.3; }
.joined th, .joined td { padding: 6px 9px 6px 0; font-size: 13px; white-space: nowrap; }
.joined thead th { white-space: normal; vertical-align: bottom; font-size: 12px; }
.joined thead th.group { border-bottom: 2px solid var(--rule); color: var(--ink); white-space: nowrap; }
.joined tbody th { position: sticky; left: 0; background: var(--paper); }
.joined .detail { font-size: 11px; font-weight: 400; white-space: nowrap; }
sup { line-height: 0; }
.joined .first { padding-left: 14px; border-left: 1px solid var(--rule); }
.caption { margin: 0 0 6px; font-size: 13px; font-weight: 600; }
.caption span { font-weight: 400; color: var(--soft); }
svg { display: block; max-width: 100%; height: auto; overflow: visible;
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif;
  font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 14px; line-height: 1.4; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: 7px 18px 7px 0; border-bottom: 1px solid var(--rule); }
th { font-weight: 600; }
thead th { color: var(--soft); font-weight: 500; font-size: 13px; }
table.verdict { width: 100%; border-top: 2px solid var(--ink); }
table.verdict th, table.verdict td { padding: 13px 20px 13px 0; }
table.verdict thead th { padding: 8px 20px 8px 0; }
table.verdict tbody th { width: 19%; font-size: 15px; }
table.verdict td { width: 25%; }
table.verdict td:last-child { width: 32%; padding-right: 0; }
table.both tbody th { width: 14%; } table.both td, table.both td:last-child { width: 20%; }
.answer { display: inline-block; font-weight: 700; font-size: 17px; line-height: 1.25; margin-bottom: 2px; }
.answer::first-letter { text-transform: uppercase; }
.answer-yes { color: var(--yes); } .answer-partly { color: var(--partly); } .answer-no { color: var(--no); }
.answer-unknown { color: var(--soft); }
.detail { display: block; color: var(--soft); font-size: 13px; }
.value { display: block; font-weight: 700; font-size: 16px; }
.detail.control { color: var(--ink); }
.detail + .detail.control { margin-top: 8px; }
.detail { white-space: pre-line; }
.row + svg { margin-top: 18px; }
.row svg + svg { margin-top: 8px; }
.row + .detail { margin-top: 14px; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 14px 24px; margin: 8px 0 0; }
.facts dt { color: var(--soft); font-size: 13px; }
.facts dd { margin: 0; font-weight: 600; font-size: 15px; overflow-wrap: anywhere; }
pre { background: var(--panel); padding: 12px 16px; border-radius: 6px; overflow-x: auto; font-size: 13px;
  margin: 6px 0 14px; }
code { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
figure + .missing { margin-top: 30px; }
.missing { border-left: 3px solid var(--partly); padding: 4px 0 1px 16px; }
details { margin-top: 12px; font-size: 14px; }
summary { cursor: pointer; color: var(--network); }
details table { margin-top: 8px; }
.key { display: flex; flex-wrap: wrap; gap: 6px 22px; margin: 0 0 16px; font-size: 13px; color: var(--soft); }
.key svg { display: inline-block; vertical-align: -5px; margin-right: 6px; }
.changes { max-width: 290px; }
.changes th, .changes td { padding: 5px 10px 5px 0; font-size: 13px; white-space: nowrap; }
.changes .detail { margin-top: 10px; }
footer { margin-top: 56px; padding-top: 16px; border-top: 1px solid var(--rule); color: var(--soft); font-size: 13px; }

.tone-network { --c: var(--network); } .tone-untrained { --c: var(--untrained); } .tone-input { --c: var(--input); }
.tone-bag { --c: var(--bag); } .tone-chance { --c: var(--chance); } .tone-floor { --c: var(--floor); }
.tone-gap { --c: var(--gap); } .tone-kernel { --c: var(--kernel); }
text { fill: var(--ink); }
text.tick { fill: var(--soft); }
text.name { fill: var(--c); font-weight: 600; }
text.tone-gap { font-weight: 400; }
text.number { font-weight: 600; }
text[fill="#ffffff"] { fill: #ffffff; }
text[fill="#1a1a1a"] { fill: #1a1a1a; }
.grid { stroke: var(--grid); stroke-width: 1; }
.axis { stroke: var(--soft); stroke-width: 1; }
.curve { fill: none; stroke: var(--c); stroke-width: 2.2; stroke-linejoin: round; stroke-linecap: round; }
.dashed { stroke-dasharray: 5 4; }
.reference { stroke: var(--c); stroke-width: 1.6; stroke-dasharray: 5 4; }
.reference.tone-bag { stroke-dasharray: 2 3; } .reference.tone-chance { stroke-dasharray: 9 4 2 4; }
.band { fill: var(--c); opacity: 0.16; }
.gap-area { fill: var(--gap); opacity: 0.11; }
.whisker { stroke: var(--c); stroke-width: 2; }
.whisker-ink { stroke: var(--ink); stroke-width: 1.5; }
.dot { fill: var(--c); stroke: var(--paper); stroke-width: 1.5; }
.diamond { fill: none; stroke: var(--c); stroke-width: 1.8; }
.mark { stroke: var(--soft); stroke-width: 1; stroke-dasharray: 3 3; }
.leader { stroke: var(--rule); stroke-width: 1; }
.bar { fill: var(--c); opacity: 0.82; }
.outline { fill: none; stroke: #e8590c; stroke-width: 3.5; }
.square { stroke: #b9beb6; stroke-width: 1; }
.disc-black { fill: #17191b; stroke: #17191b; stroke-width: 1; }
.disc-white { fill: #ffffff; stroke: #4a4f53; stroke-width: 1.5; }
.legal { fill: none; stroke: #0a63a8; stroke-width: 2.2; }
.missed { stroke-dasharray: 4 3.5; }
.wrong { stroke: #b3002d; stroke-width: 2.6; stroke-linecap: round; }
.flipped { fill: none; stroke: #a3189a; stroke-width: 3.5; }

@media (max-width: 640px) {
  main { padding: 28px 18px 48px; }
  h1 { font-size: 26px; }
  table.verdict { min-width: 640px; }
}
@media print {
  :root { --paper: #ffffff; --panel: #f5f6f4; --ink: #000000; --soft: #444444; --rule: #bbbbbb; --grid: #e3e3e3;
    --network: #0a63a8; --untrained: #9b3d7c; --input: #b14a00; --bag: #7c6300; --chance: #5d666e; --floor: #5d666e;
    --kernel: #0b6e4f; --yes: #0b6e4f; --partly: #8a5a00; --no: #a3262a; --gap: #0a63a8; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  body { font-size: 11pt; }
  main { padding: 0; max-width: none; }
  nav { display: none; }
  section { margin-top: 28px; }
  figure, .row > div, tr, pre { break-inside: avoid; }
  h2, h3, .finding { break-after: avoid; }
  pre { white-space: pre-wrap; }
}
)css";
}

}  // namespace othello
