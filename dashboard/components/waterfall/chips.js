// The chips that filter: one for each kind that the trace has, and one for its errors.

import { make } from "../agentops-dashboard.parts/dom.js";
import { LETTERS } from "./row.js";
import { RUN } from "./tree.js";

/** Put the chips of the tree's rows into `box`; `filter` takes a change of the tree's filter. */
export function renewChips(box, { tree, labels, formats, wordsOfKind, filter }) {
  const counts = new Map();
  let errors = 0;
  for (let i = 0; i < tree.length; i++) {
    if (tree.rows.type[i] === RUN) continue;
    counts.set(tree.kind(i), (counts.get(tree.kind(i)) ?? 0) + 1);
    errors += tree.rows.failed[i];
  }
  const kinds = Object.keys(LETTERS).filter((kind) => counts.has(kind));
  const chips = kinds.map((kind) => {
    const press = () => {
      const chosen = new Set(tree.filter.kinds);
      if (!chosen.delete(kind)) chosen.add(kind);
      filter({ kinds: chosen });
      return chosen.has(kind);
    };
    const number = formats.count(counts.get(kind));
    return chip(kind, [LETTERS[kind], wordsOfKind(kind), number], tree.filter.kinds.has(kind), press);
  });
  if (errors || tree.filter.errors) {
    const press = () => {
      filter({ errors: !tree.filter.errors });
      return tree.filter.errors;
    };
    chips.push(chip("error", ["✕", labels.errors, formats.count(errors)], tree.filter.errors, press));
  }
  const focused = [...box.children].indexOf(document.activeElement);
  box.replaceChildren(...chips);
  box.children[focused]?.focus();
}

function chip(kind, [sign, word, number], pressed, press) {
  const button = make("button", "ao-waterfall-chip", { type: "button", "aria-pressed": pressed });
  button.dataset.kind = kind;
  button.append(
    make("span", "ao-waterfall-kind", { "aria-hidden": "true" }, sign),
    make("span", "", {}, word),
    make("span", "ao-waterfall-number", {}, number),
  );
  button.addEventListener("click", () => button.setAttribute("aria-pressed", press()));
  return button;
}
