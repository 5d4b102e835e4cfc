// The elements around the rows: tools above, the grid with its axis, and the hint.

import { icon, make } from "../agentops-dashboard.parts/dom.js";

let frames = 0;

/** Build all inside `parent`; `name` starts the ids of the rows. */
export function buildFrame(parent) {
  const name = `ao-waterfall-${++frames}`;
  const frame = make("div", "ao-waterfall");
  const tools = make("div", "ao-waterfall-tools");
  const search = make("input", "ao-waterfall-search", {
    type: "search", autocomplete: "off", spellcheck: "false",
  });
  const chips = make("div", "ao-waterfall-chips", { role: "group" });
  const pathButton = make("button", "ao-waterfall-button ao-waterfall-path-button", {
    type: "button", "aria-pressed": "true",
  });
  const openButton = make("button", "ao-waterfall-button", { type: "button" });
  const closeButton = make("button", "ao-waterfall-button", { type: "button" });
  const count = make("span", "ao-waterfall-count", { role: "status" });
  const grid = make("div", "ao-waterfall-grid", { role: "treegrid", tabindex: "0" });
  const head = make("div", "ao-waterfall-head", { role: "row", "aria-rowindex": "1" });
  const nameHead = make("div", "ao-waterfall-name-head", { role: "columnheader" });
  const axis = make("div", "ao-waterfall-axis", { role: "columnheader" });
  const lines = make("div", "ao-waterfall-lines", { "aria-hidden": "true" });
  const body = make("div", "ao-waterfall-body", { role: "rowgroup" });
  const message = make("p", "ao-waterfall-message");
  const hint = make("div", "ao-waterfall-hint", { hidden: "", "aria-hidden": "true" });
  openButton.append(icon("M4 4.5l4 3.5 4-3.5M4 9l4 3.5L12 9"), make("span", ""));
  closeButton.append(icon("M4 7l4-3.5L12 7M4 12.5L8 9l4 3.5"), make("span", ""));
  head.append(nameHead, axis);
  grid.append(head, lines, body, message);
  tools.append(search, pathButton, openButton, closeButton, count);
  frame.append(tools, chips, grid, hint);
  parent.append(frame);
  return {
    name, frame, search, chips, pathButton, openButton, closeButton, count, grid, nameHead, axis, lines,
    body, message, hint,
  };
}
