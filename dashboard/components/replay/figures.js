// What is spent so far, in figures and in one sentence for a screen reader.

import { fill } from "../agentops-dashboard.waterfall/formats.js";
import { setText } from "../agentops-dashboard.parts/dom.js";
import { title } from "./lists.js";

/** A cost with what is known of it: at least so much, where tokens have no price. */
function cost({ labels, formats }, { cost, unpriced }) {
  const text = formats.usd(cost);
  return unpriced && cost !== null ? fill(labels.at_least, { cost: text }) : text;
}

/** Write the figures of `position`. */
export function drawFigures(view, position) {
  const { film, labels, formats, figure } = view;
  const spent = film.spent(position);
  const all = film.spent(film.length);
  const of = (text) => fill(labels.all, { whole: text });
  const show = (name, value, whole) => {
    setText(figure[name].value, value);
    setText(figure[name].whole, whole);
    figure[name].whole.title = whole; // it may be cut
  };
  show("elapsed", formats.duration(film.real(position)), of(formats.duration(film.duration_s)));
  const source = [spent.estimated && labels.estimated, spent.unpriced && labels.unpriced].filter(Boolean);
  show("cost", cost(view, spent), [of(cost(view, all)), ...source].join(" · "));
  show("tokens", formats.compact(spent.tokens), of(formats.compact(all.tokens)));
  show("errors", formats.count(spent.errors), of(formats.count(all.errors)));
  show("ended_spans", formats.count(film.ended), of(formats.count(film.id.length)));
  figure.errors.box.toggleAttribute("data-failed", spent.errors > 0);
}

/** The moment in one sentence; the innermost three running spans are named. */
export function sentence(view, position) {
  const { film, labels, formats } = view;
  const spent = film.spent(position);
  const running = film.inmost();
  const names = running.slice(0, 3).map((span) => title(view, span));
  if (running.length > 3) names.push(fill(labels.more, { n: formats.count(running.length - 3) }));
  const elapsed = { part: formats.duration(film.real(position)), whole: formats.duration(film.duration_s) };
  return fill(labels.value, {
    elapsed: fill(labels.of, elapsed),
    running: names.join(", ") || labels.nothing,
    cost: cost(view, spent),
    tokens: formats.compact(spent.tokens),
    errors: formats.count(spent.errors),
  });
}
