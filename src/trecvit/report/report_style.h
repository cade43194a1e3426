// The style sheet of the report. Colours are variables, redefined for dark mode.
#pragma once

#include <string_view>

namespace trecvit::report {

inline constexpr std::string_view kReportStyle = R"(
:root { color-scheme: light dark; --page: #f6f7f9; --card: #fff; --ink: #1b1f24; --soft: #5d6670; --rule: #e1e5ea;
  --s0: #2a6fd1; --s1: #d9602b; --s2: #16906a; --s3: #7a4fc4; --s4: #b7850b; --s5: #c23b74; }
@media (prefers-color-scheme: dark) { :root { --page: #14171b; --card: #1d2126; --ink: #e8ebee; --soft: #9aa4ae;
  --rule: #333a42; --s0: #6ba6f5; --s1: #f08a57; --s2: #3fc298; --s3: #ab8bea; --s4: #d9b04a; --s5: #ea75a5; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); -webkit-text-size-adjust: 100%;
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main { max-width: 1160px; margin: 0 auto; padding: 28px 16px 48px; }
h1 { font-size: 26px; line-height: 1.25; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 18px; margin: 36px 0 12px; }
.subtitle, .hint { color: var(--soft); margin: 4px 0 12px; overflow-wrap: anywhere; }
.tiles { display: flex; flex-wrap: wrap; gap: 10px; margin: 20px 0; }
.tiles div, .card, .chart { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; }
.tiles div { padding: 8px 14px 10px; flex: 1 0 auto; min-width: 104px; max-width: 220px; }
.tiles b { display: block; font-size: 21px; font-weight: 650; white-space: nowrap; font-variant-numeric: tabular-nums; }
.tiles span { color: var(--soft); font-size: 13px; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); gap: 16px; }
.chart { margin: 0; padding: 12px 14px 8px; }
.chart figcaption { font-weight: 600; }
.chart svg { display: block; width: 100%; max-width: 720px; height: auto; overflow: visible; }
.chart text { fill: var(--soft); font-size: 13px; font-variant-numeric: tabular-nums; }
.legend { margin: 2px 0 8px; font-size: 13px; color: var(--soft); }
.legend span { margin-right: 14px; display: inline-block; }
.legend b { color: var(--ink); font-weight: 600; }
.key { display: inline-block; width: 14px; height: 3px; border-radius: 2px; margin: 0 6px 3px 0;
  background: currentColor; }
.grid { stroke: var(--rule); fill: none; }
.axis { stroke: var(--soft); fill: none; }
path.level { stroke: var(--soft); stroke-dasharray: 5 4; fill: none; }
.line { fill: none; stroke: currentColor; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
.band { fill: currentColor; opacity: 0.18; }
circle { fill: currentColor; stroke: var(--card); stroke-width: 1.5; }
.s0 { color: var(--s0); } .s1 { color: var(--s1); } .s2 { color: var(--s2); }
.s3 { color: var(--s3); } .s4 { color: var(--s4); } .s5 { color: var(--s5); }
.card { overflow-x: auto; padding: 8px 14px; }
.card.fit { width: fit-content; max-width: 100%; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th { font-weight: 600; text-align: left; color: var(--soft); font-size: 13px; }
td, th { padding: 5px 10px; border-bottom: 1px solid var(--rule); }
tr:last-child > * { border-bottom: 0; }
.number { text-align: right; white-space: nowrap; }
.wide { width: 100%; }
.wide td:last-child { overflow-wrap: anywhere; }
.bar { display: inline-block; width: 90px; height: 8px; margin-left: 10px; border-radius: 4px; overflow: hidden;
  background: var(--rule); }
.bar i { display: block; height: 100%; background: var(--s0); }
.confusion td, .confusion th { border: 0; padding: 0; }
.confusion td { width: 44px; min-width: 44px; height: 34px; text-align: center; font-size: 13px;
  border: 2px solid var(--card); border-radius: 6px; }
.confusion.many td { width: 26px; min-width: 26px; height: 26px; font-size: 11px; border-width: 1px; }
.confusion th { max-width: 180px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.confusion thead th { vertical-align: bottom; padding-bottom: 6px; }
.confusion thead span { display: block; writing-mode: vertical-rl; transform: rotate(180deg); margin: 0 auto;
  max-height: 150px; overflow: hidden; text-overflow: ellipsis; line-height: 1.2; }
.confusion tbody th { position: sticky; left: -14px; background: var(--card); padding: 0 10px 0 14px;
  text-align: right; }
.confusion thead td { border: 0; font-size: 12px; color: var(--soft); text-align: right; vertical-align: bottom;
  padding: 0 10px 6px 0; white-space: nowrap; }
.confusion .full { color: #fff; }
.confusion .none { color: var(--rule); }
.mistake { margin: 0 0 12px; }
.mistake p { margin: 2px 0 8px; }
.mistake small { color: var(--soft); margin-left: 8px; overflow-wrap: anywhere; }
.mistake img { display: block; border-radius: 4px; max-width: none; }
.wrong { color: var(--s1); font-weight: 600; }
.right { color: var(--s2); font-weight: 600; }
@media (max-width: 520px) { .chart text { font-size: 16px; } .bar { width: 44px; } td, th { padding: 5px 6px; } }
summary { cursor: pointer; color: var(--soft); margin-bottom: 8px; }
)";

}  // namespace trecvit::report
