// The elements around a drawing: place, buttons, and what only a screen reader meets.

import { icon, make } from "../agentops-dashboard.parts/dom.js";

/** Build them inside `parent`; `gd` is the element that plotly draws into. */
export function buildFrame(parent) {
  const frame = make("div", "ao-chart", { role: "figure" });
  const words = make("p", "ao-chart-unseen");
  const gd = make("div", "ao-chart-plot", { role: "application", tabindex: "0" });
  const tools = make("div", "ao-chart-tools");
  const resetButton = make("button", "ao-chart-tool", { type: "button", hidden: "" });
  const tableButton = make("button", "ao-chart-tool", { type: "button", "aria-pressed": "false" });
  const saveButton = make("button", "ao-chart-tool", { type: "button" });
  const table = make("div", "ao-chart-table", { tabindex: "0", role: "region", hidden: "" });
  const voice = make("div", "ao-chart-unseen", { "aria-live": "polite" });
  resetButton.append(icon("M3 8a5 5 0 1 0 1.6-3.7M3 2.5V5h2.5"));
  tableButton.append(icon("M2.5 3.5h11v9h-11zM2.5 6.5h11M2.5 9.5h11M6.5 3.5v9"));
  saveButton.append(icon("M8 2v7.5M4.8 6.6 8 9.8l3.2-3.2M2.5 13h11"));
  tools.append(resetButton, tableButton, saveButton);
  frame.append(words, gd, table, tools, voice);
  parent.append(frame);
  return { frame, words, gd, table, resetButton, tableButton, saveButton, voice };
}
