// One row of the waterfall as elements.  All text is set as text: names come from elsewhere.

import { oneLine } from "./formats.js";
import { make } from "../agentops-dashboard.parts/dom.js";
import { joined, RUN } from "./tree.js";
import { failedOfRun, summary, title } from "./words.js";

/** The letter beside each kind's colour. */
export const LETTERS = {
  session: "S", agent: "A", workflow: "W", task: "K", tool: "T", llm: "L", guardrail: "G", other: "O",
  gap: "…",
};
const INDENTS = 14; // deeper rows stay at this one and say their level

/** The elements of row `i`; `view` has tree, formats, labels, px (of the axis) and path (is it marked). */
export function buildRow(view, i, id) {
  const { tree, formats } = view;
  const { rows } = tree;
  const kind = tree.kind(i);
  const element = make("div", "ao-waterfall-row", {
    id, role: "row", "aria-level": rows.depth[i] + 1, "aria-posinset": tree.place[i],
    "aria-setsize": tree.siblings[i], "aria-label": summary(view, i),
  });
  element.dataset.kind = kind;
  element.dataset.type = rows.type[i];
  if (rows.failed[i]) element.dataset.failed = "";
  if (tree.filtering && !tree.matches[i]) element.dataset.above = "";

  const name = make("div", "ao-waterfall-name", { role: "gridcell" });
  name.style.setProperty("--depth", Math.min(rows.depth[i], INDENTS));
  const arrow = make("span", "ao-waterfall-arrow", { "aria-hidden": "true" });
  if (tree.hasChildren(i)) {
    const open = tree.isOpen(i);
    element.setAttribute("aria-expanded", open);
    arrow.dataset.open = open;
  }
  name.append(arrow);
  if (rows.depth[i] > INDENTS) name.append(make("span", "ao-waterfall-level", {}, String(rows.depth[i] + 1)));
  name.append(make("span", "ao-waterfall-kind", { "aria-hidden": "true" }, LETTERS[kind] ?? LETTERS.other));
  if (rows.failed[i]) name.append(make("span", "ao-waterfall-error", { "aria-hidden": "true" }, "✕"));
  name.append(make("span", "ao-waterfall-title", {}, title(view, i)));
  const said = rows.type[i] === RUN && rows.failed[i] ? failedOfRun(view, i) : oneLine(rows.label[i]);
  if (said) name.append(make("span", "ao-waterfall-label", {}, said));
  if (!rows.failed[i] && rows.failed_below[i]) {
    const below = `✕ ${formats.count(rows.failed_below[i])}`;
    name.append(make("span", "ao-waterfall-error-below", { "aria-hidden": "true" }, below));
  }

  const time = make("div", "ao-waterfall-time", { role: "gridcell" });
  time.append(...bar(view, i));
  element.append(name, time);
  return element;
}

function bar(view, i) {
  const { tree, formats } = view;
  const share = (seconds) => (tree.total_s ? (100 * seconds) / tree.total_s : 0);
  const start = share(tree.rows.offset_s[i]);
  const end = share(tree.rows.offset_s[i] + tree.rows.duration_s[i]);
  const shape = make("span", "ao-waterfall-bar");
  place(shape, start, end - start);
  const lasts = make("span", "ao-waterfall-lasts", {}, formats.duration(tree.rows.duration_s[i]));
  const room = (100 * 64) / Math.max(1, view.px); // what the text needs
  if (end <= 100 - room) lasts.style.left = `${end}%`;
  else if (start >= room) lasts.style.right = `${100 - start}%`;
  else {
    lasts.style.right = `${100 - end}%`;
    lasts.dataset.inside = "";
  }
  const out = [shape, lasts];
  if (view.path) {
    for (const [from, long] of joined(tree.pathOf(i), tree.total_s / Math.max(1, view.px))) {
      const line = make("span", "ao-waterfall-path");
      place(line, share(from), share(long));
      out.push(line);
    }
  }
  return out;
}

function place(element, start, wide) {
  element.style.left = `min(${start}%, 100% - 2px)`;
  element.style.width = `${wide}%`;
}
