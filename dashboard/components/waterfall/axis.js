// The time axis: round moments, their texts above the rows and their lines behind them.

import { make } from "../agentops-dashboard.parts/dom.js";

const TICK_PX = 90; // the room of one text

const ROUND_S = [
  60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 432000, 864000,
];

/** Draw it for `view`: its tree, formats and px, into its elements `axis` and `lines`. */
export function drawAxis({ tree: { total_s }, formats, px, axis, lines }) {
  const texts = [];
  const rules = make("div", "");
  for (const at of ticks(total_s, Math.max(2, Math.floor(px / TICK_PX)))) {
    const share = total_s ? at / total_s : 0;
    const text = make("span", "ao-waterfall-tick", {}, at ? formats.duration(at) : "0");
    const rule = make("span", "");
    text.style.left = rule.style.left = `${100 * share}%`;
    if (px * (1 - share) < 56) text.dataset.before = ""; // no room behind its line
    texts.push(text);
    rules.append(rule);
  }
  axis.replaceChildren(...texts);
  lines.replaceChildren(rules);
}

/** Times in seconds from 0 to `total_s`, at most `most` of them, at round distances. */
function ticks(total_s, most) {
  if (!(total_s > 0)) return [0];
  const least = total_s / Math.max(1, most);
  const step = least <= 30 ? decimal(least) : (ROUND_S.find((s) => s >= least) ?? decimal(least));
  const count = Math.floor(total_s / step + 1e-9);
  return Array.from({ length: count + 1 }, (_, i) => i * step);
}

/** The next of 1, 2, 5 × 10ⁿ; ten, twenty and thirty seconds rather than fifty. */
function decimal(least) {
  if (least > 20 && least <= 30) return 30;
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((n) => n * power).find((step) => step >= least * 0.999999);
}
