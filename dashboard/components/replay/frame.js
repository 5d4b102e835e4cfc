// The elements of the replay: tools, track, slider, figures and the two lists.

import { icon, make } from "../agentops-dashboard.parts/dom.js";

export const SPEEDS = [0.5, 1, 2, 4];

const ICONS = {
  first: "M4 3v10M12.5 3.5v9L6 8z",
  previous: "M11 3.5v9L4.5 8z",
  play: "M4.5 2.5v11l9-5.5z",
  pause: "M4.5 3v10M11.5 3v10",
  next: "M5 3.5v9L11.5 8z",
  last: "M12 3v10M3.5 3.5v9L10 8z",
};
let frames = 0;

/** Build all inside `parent`; returns its parts by name. */
export function buildFrame(parent) {
  const name = `ao-replay-${++frames}`;
  const frame = make("div", "ao-replay", { role: "group" });
  const tools = make("div", "ao-replay-tools");
  const buttons = {};
  for (const each of ["first", "previous", "play", "next", "last"]) {
    buttons[each] = make("button", "ao-replay-button", { type: "button" });
    buttons[each].append(icon(ICONS[each]));
    if (each === "play") buttons[each].append(make("span", "ao-replay-play-text"));
    tools.append(buttons[each]);
  }
  buttons.play.classList.add("ao-replay-play");
  const speeds = make("div", "ao-replay-speeds", { role: "group" });
  const speedButtons = SPEEDS.map(() => make("button", "ao-replay-button", { type: "button" }));
  speeds.append(...speedButtons);
  const pace = make("span", "ao-replay-pace");
  tools.append(speeds, pace);

  const track = make("div", "ao-replay-track", { "aria-hidden": "true" });
  const marks = make("div", "ao-replay-marks");
  const strip = make("div", "ao-replay-strip");
  const waits = make("div", "ao-replay-waits");
  const needle = make("div", "ao-replay-needle");
  track.append(marks, strip, waits, needle);
  const slider = make("input", "ao-replay-slider", {
    type: "range", min: "0", step: "any", "aria-describedby": `${name}-keys`,
  });
  const keys = make("p", "ao-replay-unseen", { id: `${name}-keys` });

  const figures = make("dl", "ao-replay-figures");
  const figure = {};
  for (const each of ["elapsed", "cost", "tokens", "errors", "ended_spans"]) {
    const [what, value, whole] = [make("dt", ""), make("dd", ""), make("dd", "ao-replay-whole")];
    const box = make("div", "ao-replay-figure");
    box.append(what, value, whole);
    figures.append(box);
    figure[each] = { box, what, value, whole };
  }

  const lists = make("div", "ao-replay-lists");
  const list = {};
  for (const each of ["running", "happened"]) {
    const section = make("section", "ao-replay-section", { "aria-labelledby": `${name}-${each}` });
    const head = make("div", "ao-replay-head");
    const title = make("h3", "", { id: `${name}-${each}` });
    const note = make("span", "ao-replay-note");
    const rows = make("div", "ao-replay-rows", { tabindex: "-1" });
    const empty = make("p", "ao-replay-empty");
    head.append(title, note);
    section.append(head, rows);
    rows.append(empty);
    lists.append(section);
    list[each] = { title, note, rows, empty };
  }
  frame.append(tools, track, slider, keys, figures, lists);
  parent.append(frame);
  return { frame, buttons, speeds, speedButtons, pace, track, marks, strip, waits, needle, slider, keys, figure, list };
}

/** Show that the button plays, or that it pauses. */
export function setIcon(button, name) {
  button.querySelector("path").setAttribute("d", ICONS[name]);
}
