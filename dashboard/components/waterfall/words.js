// What is said of a row: its title, the lines of its hint, and both in one sentence.

import { fill, oneLine } from "./formats.js";
import { GAP, RUN } from "./tree.js";

export function title({ tree: { rows }, labels, formats }, i) {
  if (rows.type[i] === GAP) return labels.kind_gap;
  const name = oneLine(rows.name[i]) || labels[`kind_${rows.kind[i]}`] || rows.kind[i];
  return rows.type[i] === RUN ? fill(labels.run, { n: formats.count(rows.spans[i]), name }) : name;
}

export function failedOfRun({ tree: { rows }, labels, formats }, i) {
  return fill(labels.failed_of_run, { n: formats.count(rows.failed[i]) });
}

/** The row in one sentence, for a screen reader. */
export function summary(view, i) {
  const { name, lines } = words(view, i);
  return [name, ...lines.map(([what, value]) => (what ? `${what} ${value}` : value))].join(", ");
}

/** What the hint says: the row's name, and lines of [what, value]; what may be "". */
export function words(view, i) {
  const { tree, labels, formats } = view;
  const { rows } = tree;
  const kind = labels[`kind_${tree.kind(i)}`] ?? rows.kind[i];
  const lines = [];
  const say = (what, value) => lines.push([what, value]);
  const share = (seconds) =>
    fill(labels.share, {
      duration: formats.duration(seconds),
      share: formats.percent(tree.total_s ? seconds / tree.total_s : 0),
    });
  const withBelow = (value) => fill(labels.with_below, { value });
  if (rows.type[i] === GAP) {
    const ends = { after: oneLine(rows.after[i]), before: oneLine(rows.before[i]) };
    say("", fill(labels[ends.after ? (ends.before ? "gap_between" : "gap_end") : "gap_start"], ends));
    say(labels.start, formats.duration(rows.offset_s[i]));
    say(labels.duration, share(rows.duration_s[i]));
    return { name: title(view, i), lines };
  }
  say("", [kind, oneLine(rows.label[i])].filter(Boolean).join(" · "));
  if (rows.failed[i]) say("", `✕ ${rows.type[i] === RUN ? failedOfRun(view, i) : labels.failed}`);
  else if (rows.failed_below[i]) {
    say("", `✕ ${fill(labels.failed_below, { n: formats.count(rows.failed_below[i]) })}`);
  }
  if (rows.orphan[i]) say("", labels.orphan);
  say(labels.start, formats.duration(rows.offset_s[i]));
  say(labels.duration, formats.duration(rows.duration_s[i]));
  say(labels.self, formats.duration(rows.self_s[i]));
  const amount = (what, own, all, format) => {
    const known = [];
    if (own !== null) known.push(format(own));
    if (all !== null && all !== own) known.push(withBelow(format(all)));
    if (known.length) say(what, known.join(" · "));
  };
  amount(labels.tokens, rows.tokens[i], rows.subtree_tokens[i], formats.compact);
  amount(labels.cost, rows.cost_usd[i], rows.subtree_cost_usd[i], formats.usd);
  const source = labels[`source_${rows.cost_source[i]}`];
  if (source && rows.cost_usd[i] === null) say(labels.cost, source);
  else if (source) lines.at(-1)[1] += ` (${source})`;
  if (rows.subtree_critical_s[i] > 0) {
    const below = rows.subtree_critical_s[i] > rows.critical_s[i] + 1e-9;
    const own = share(rows.critical_s[i]);
    say(labels.critical, below ? `${own} · ${withBelow(share(rows.subtree_critical_s[i]))}` : own);
  }
  return { name: title(view, i), lines };
}
