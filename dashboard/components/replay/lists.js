// What runs at the moment, and what has just happened.  All text is set as text: names come from elsewhere.

import { fill, oneLine } from "../agentops-dashboard.waterfall/formats.js";
import { make, setText } from "../agentops-dashboard.parts/dom.js";
import { LETTERS } from "../agentops-dashboard.waterfall/row.js";

export const ROW_PX = 26;

/** Rows of a list that are kept while what they stand for is shown, so that focus and clicks hold. */
export class Rows {
  /** `build(key)` makes the element of a row. */
  constructor({ rows, empty, note }, build) {
    Object.assign(this, { rows, empty, note, build });
    this.drawn = new Map(); // key -> element
  }

  /** Show `keys` from top to bottom; `message` where there are none. */
  show(keys, message) {
    const shown = new Set(keys);
    for (const [key, element] of this.drawn) {
      if (shown.has(key)) continue;
      if (element.contains(document.activeElement)) this.rows.focus({ preventScroll: true });
      element.remove();
      this.drawn.delete(key);
    }
    let last = this.empty;
    for (const key of keys) {
      let element = this.drawn.get(key);
      if (!element) this.drawn.set(key, (element = this.build(key)));
      if (last.nextSibling !== element) last.after(element);
      last = element;
    }
    setText(this.empty, keys.length ? "" : message);
    this.empty.hidden = keys.length > 0;
  }

  /** How many find room. */
  get room() {
    return Math.max(1, Math.floor(this.rows.clientHeight / ROW_PX));
  }

  clear() {
    for (const element of this.drawn.values()) element.remove();
    this.drawn.clear();
  }
}

/** The name of a span as a reader sees it. */
export function title({ film, labels }, span) {
  return oneLine(film.name[span]) || labels[`kind_${film.kind[span]}`] || film.kind[span];
}

/** A row of a span: signs, letter, name, label, and an end yet to be written. */
function row({ film, labels }, span, signs) {
  const kind = film.kind[span];
  const element = make("button", "ao-replay-row", { type: "button" });
  element.dataset.kind = kind;
  element.dataset.span = span;
  element.append(make("span", "ao-replay-fill", { "aria-hidden": "true" }), ...signs);
  element.append(make("span", "ao-replay-kind", { "aria-hidden": "true" }, LETTERS[kind] ?? LETTERS.other));
  element.append(make("span", "ao-replay-unseen", {}, labels[`kind_${kind}`] ?? kind));
  element.append(make("span", "ao-replay-title", {}, title({ film, labels }, span)));
  const label = oneLine(film.label[span]);
  if (label) element.append(make("span", "ao-replay-label", {}, label));
  element.append(make("span", "ao-replay-end"));
  return element;
}

/** The row of a running span. */
export const runningRow = (view, span) => row(view, span, []);

/** How long the span has run of how long it will. */
export function advance({ film, labels, formats }, element, real) {
  const span = element.dataset.span;
  const lasts = film.end_s[span] - film.start_s[span];
  const so_far = Math.min(lasts, real - film.start_s[span]);
  element.firstChild.style.transform = `scaleX(${lasts ? so_far / lasts : 1})`;
  const values = { part: formats.duration(so_far), whole: formats.duration(lasts) };
  setText(element.lastChild, fill(labels.of, values));
}

/** The row of a step, by its number: a start, or an end with what it came to. */
export function happenedRow(view, number) {
  const { film, labels, formats } = view;
  const step = film.steps[number];
  const span = step >= 0 ? step : -1 - step;
  const failed = step < 0 && film.failed[span];
  const sign = step >= 0 ? "▸" : failed ? "✕" : "■";
  const element = row(view, span, [make("span", "ao-replay-sign", { "aria-hidden": "true" }, sign)]);
  if (failed) element.dataset.failed = "";
  if (step >= 0) element.dataset.starts = "";
  const duration = formats.duration(film.end_s[span] - film.start_s[span]);
  const said = [step >= 0 ? labels.started : fill(failed ? labels.failed : labels.ended, { duration })];
  if (step < 0 && film.cost_usd[span]) said.push(formats.usd(film.cost_usd[span]));
  if (step < 0 && film.tokens[span]) {
    said.push(fill(labels.count_tokens, { n: formats.compact(film.tokens[span]) }));
  }
  setText(element.lastChild, said.join(" · "));
  return element;
}
