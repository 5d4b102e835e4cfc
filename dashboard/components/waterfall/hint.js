// The box beside a row that tells its times, tokens and costs.

import { make } from "../agentops-dashboard.parts/dom.js";

/** Fill it with a row's name and its lines of [what, value]. */
export function fillHint(hint, { name, lines }) {
  const list = make("dl", "");
  for (const [what, value] of lines) {
    if (what) list.append(make("dt", "", {}, what));
    list.append(make("dd", what ? "" : "ao-waterfall-whole", {}, value));
  }
  hint.replaceChildren(make("p", "ao-waterfall-hint-name", {}, name), list);
  hint.hidden = false;
}

/** Below the row's element or above it, at `x` of the window; what left the frame would be cut off. */
export function placeHint(hint, element, x) {
  const frame = hint.parentElement.getBoundingClientRect();
  const row = element.getBoundingClientRect();
  const { offsetWidth: wide, offsetHeight: high } = hint;
  const left = Math.max(0, Math.min(x - frame.left + 12, frame.width - wide));
  const [below, above] = [row.bottom - frame.top + 6, row.top - frame.top - high - 6];
  const top = below + high <= frame.height ? below : Math.max(0, above);
  hint.style.transform = `translate(${left}px, ${top}px)`;
}
