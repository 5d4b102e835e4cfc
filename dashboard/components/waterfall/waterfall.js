// The waterfall component: a trace's rows as a tree beside their bars on a time axis.
//
// Streamlit calls the default export again for each change of the data, with the same parent element; the
// function that it returns runs when the waterfall leaves the page.  Only rows in view are in the document.

import { make, setText } from "../agentops-dashboard.parts/dom.js";
import { drawAxis } from "./axis.js";
import { renewChips } from "./chips.js";
import { fill, formatsFor } from "./formats.js";
import { buildFrame } from "./frame.js";
import { fillHint, placeHint } from "./hint.js";
import { handleKey } from "./keyboard.js";
import { buildRow } from "./row.js";
import { Tree } from "./tree.js";
import { words } from "./words.js";

const ROW_PX = 22;
const NARROW_ROW_PX = 40; // the bar stands below the name
const NARROW_PX = 560;
const HEAD_PX = 26;
const AROUND = 8; // rows drawn beyond the edges of the view

const waterfalls = new WeakMap(); // parent element -> Waterfall

export default function ({ data, parentElement, setTriggerValue }) {
  let fall = waterfalls.get(parentElement);
  if (!fall) waterfalls.set(parentElement, (fall = new Waterfall(parentElement)));
  fall.update(data, setTriggerValue);
  return () => fall.release();
}

class Waterfall {
  constructor(parent) {
    this.parent = parent;
    this.tree = new Tree();
    this.drawn = new Map(); // position -> element
    this.active = null; // position that the keyboard is at
    this.selected = null; // id
    this.reports = 0; // of choices, to Python
    this.wanted = null; // position to keep in view, until the reader moves
    this.path = true;
    this.typed = "";
    Object.assign(this, buildFrame(parent));
    this.listen();
  }

  // ---- life --------------------------------------------------------------------------------------

  update(data, setTriggerValue) {
    this.setTriggerValue = setTriggerValue;
    const before = this.data;
    this.data = data;
    const wording = JSON.stringify([data.locale, data.labels]);
    if (wording !== this.wording) {
      this.labels = data.labels;
      this.formats = formatsFor(data.locale, data.labels);
      this.wordsOfKind = (kind) => data.labels[`kind_${kind}`] ?? kind;
    }
    if (before?.rows !== data.rows || wording !== this.wording) this.setRows(data.rows);
    this.wording = wording;
    this.describe();
    this.adopt(data, before);
    this.redraw();
  }

  setRows(json) {
    const activeId = this.active === null ? null : this.tree.rows.id[this.active];
    this.tree.wordsOfKind = this.wordsOfKind;
    this.tree.set(JSON.parse(json));
    this.active = this.tree.at.get(activeId) ?? null;
    if (this.wanted !== null) this.wanted = this.tree.at.get(this.selected) ?? null;
    this.showChips();
  }

  /** Take over the page's selection, unless the reader has chosen again since the page answered. */
  adopt(data, before) {
    const late = data.seen !== null && data.seen < this.reports;
    this.reports = Math.max(this.reports, data.seen ?? 0);
    if (late || (before && data.selected === before.selected)) return;
    if (data.selected === this.selected) return;
    this.selected = data.selected;
    const at = this.tree.at.get(data.selected);
    if (at === undefined) return;
    this.active = at;
    this.wanted = this.tree.reveal(at) ? at : null;
  }

  /** Streamlit also ends a call that a newer one has overtaken; only leaving the page counts. */
  release() {
    if (!this.parent.isConnected) return this.destroy();
    setTimeout(() => this.parent.isConnected || this.destroy(), 1000);
  }

  destroy() {
    this.size.disconnect();
    cancelAnimationFrame(this.frameAsked);
    this.frame.remove();
    waterfalls.delete(this.parent);
  }

  listen() {
    this.size = new ResizeObserver(() => this.redraw());
    this.size.observe(this.frame);
    this.size.observe(this.grid); // its box alone changes when the style sheet comes late
    const { frame, grid, body, search } = this;
    for (const move of ["pointerdown", "wheel", "keydown", "touchmove"]) {
      frame.addEventListener(move, () => (this.wanted = null), { passive: true, capture: true });
    }
    grid.addEventListener("scroll", () => {
      this.hideHint();
      this.drawSoon();
    });
    grid.addEventListener("keydown", (event) => {
      if (handleKey(this, event)) event.preventDefault();
    });
    grid.addEventListener("focus", () => {
      if (!grid.matches(":focus-visible")) return; // a click says itself which row it means
      if (this.active === null && this.tree.shown.length) this.activate(this.tree.shown[0]);
      else this.mark();
    });
    grid.addEventListener("blur", () => this.hideHint());
    body.addEventListener("click", (event) => this.clicked(event));
    body.addEventListener("mousemove", (event) => this.hovered(event));
    body.addEventListener("mouseleave", () => this.hideHint());
    search.addEventListener("input", () => this.setFilter({ text: search.value.trim().toLowerCase() }));
    search.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown" || event.key === "Enter") {
        grid.focus();
        if (this.tree.matching) this.activate(this.tree.matches.indexOf(1));
        event.preventDefault();
      }
    });
    this.pathButton.addEventListener("click", () => {
      this.path = !this.path;
      this.pathButton.setAttribute("aria-pressed", this.path);
      this.redraw();
    });
    this.openButton.addEventListener("click", () => this.toggleAll(true));
    this.closeButton.addEventListener("click", () => this.toggleAll(false));
  }

  // ---- what the reader does ----------------------------------------------------------------------

  clicked(event) {
    const i = this.rowAt(event);
    if (i === null) return;
    if (event.target.closest(".ao-waterfall-arrow") && this.tree.hasChildren(i)) {
      this.active = i;
      this.toggle(i, !this.tree.isOpen(i));
    } else {
      this.active = i;
      this.choose(i);
    }
    this.mark();
  }

  /** Select a span; a run of spans opens or closes, an idle gap is only read. */
  choose(i) {
    const { rows } = this.tree;
    if (rows.type[i] === "run") return this.toggle(i, !this.tree.isOpen(i));
    if (rows.type[i] !== "span" || rows.id[i] === this.selected) return;
    this.selected = rows.id[i];
    this.setTriggerValue("selected", { id: this.selected, n: ++this.reports });
    this.mark();
  }

  toggle(i, open) {
    this.tree.toggle(i, open);
    this.redraw();
  }

  toggleAll(open) {
    this.tree.toggleAll(open);
    this.stayInSight();
    this.redraw();
  }

  setFilter(change) {
    this.tree.setFilter({ ...this.tree.filter, ...change }, this.wordsOfKind);
    this.stayInSight();
    this.grid.scrollTop = 0;
    this.redraw();
  }

  /** What is closed or filtered away cannot stay active: its nearest ancestor in sight is. */
  stayInSight() {
    while (this.active !== null && !this.tree.line.has(this.active)) {
      this.active = this.tree.rows.parent[this.active];
    }
  }

  /** The keyboard goes to row `i`. */
  activate(i) {
    this.active = i;
    this.show(i);
    this.draw();
    const grid = this.grid.getBoundingClientRect();
    this.showHint(i, grid.left + Math.min(240, grid.width / 3));
  }

  page() {
    return Math.max(1, Math.floor((this.grid.clientHeight - HEAD_PX) / this.rowPx) - 1);
  }

  show(i) {
    const top = this.tree.line.get(i) * this.rowPx;
    const seen = this.grid.clientHeight - HEAD_PX;
    if (top < this.grid.scrollTop) this.grid.scrollTop = top;
    else if (top + this.rowPx > this.grid.scrollTop + seen) this.grid.scrollTop = top + this.rowPx - seen;
  }

  // ---- tools -------------------------------------------------------------------------------------

  /** All that is not the rows: names, the reader's words. */
  describe() {
    const { labels, description, height } = this.data;
    this.frame.style.height = `${height}px`;
    this.grid.setAttribute("aria-label", `${description} ${labels.keys}`);
    this.search.placeholder = labels.search;
    this.search.setAttribute("aria-label", labels.search);
    setText(this.pathButton, labels.critical_path);
    const named = [[this.openButton, labels.open_all], [this.closeButton, labels.close_all]];
    for (const [button, name] of named) {
      button.title = name;
      setText(button.lastChild, name);
    }
    setText(this.nameHead, labels.span);
    this.axis.setAttribute("aria-label", labels.time);
  }

  showChips() {
    const { tree, labels, formats, wordsOfKind } = this;
    const filter = (change) => this.setFilter(change);
    renewChips(this.chips, { tree, labels, formats, wordsOfKind, filter });
  }

  showCount() {
    const { tree, labels, formats } = this;
    const [n, total, spans] = [tree.matching, tree.single, tree.spans].map(formats.count);
    const counted = tree.filtering ? fill(labels.matching, { n, total }) : fill(labels.all, { n: spans });
    setText(this.count, counted);
    this.frame.toggleAttribute("data-filtering", tree.filtering);
    const said = !tree.length ? labels.empty : tree.shown.length ? "" : labels.none;
    setText(this.message, said);
    this.message.hidden = !said;
  }

  // ---- drawing -----------------------------------------------------------------------------------

  /** Draw everything anew: data, size, view or theme have changed. */
  redraw() {
    const width = this.grid.clientWidth;
    if (!width || !this.data) return; // hidden; the observer says when it is seen
    const narrow = width < NARROW_PX;
    this.rowPx = narrow ? NARROW_ROW_PX : ROW_PX;
    const treePx = narrow ? 0 : Math.round(Math.max(220, Math.min(width * 0.38, 480)));
    this.frame.dataset.narrow = narrow;
    this.frame.style.setProperty("--tree", `${treePx}px`);
    this.frame.style.setProperty("--row", `${this.rowPx}px`);
    this.px = width - treePx - 16;
    const { shown, length } = this.tree;
    this.body.style.height = `${shown.length * this.rowPx}px`;
    this.lines.style.height = `${shown.length * this.rowPx}px`;
    this.grid.setAttribute("aria-rowcount", shown.length + 1);
    this.axis.hidden = !length;
    drawAxis(this);
    this.showCount();
    this.hideHint();
    for (const element of this.drawn.values()) element.remove();
    this.drawn.clear();
    this.draw();
  }

  drawSoon() {
    cancelAnimationFrame(this.frameAsked);
    this.frameAsked = requestAnimationFrame(() => this.draw());
  }

  /** The rows in view; those that were drawn stay. */
  draw() {
    const { tree, grid } = this;
    // Again each time: a style sheet that comes late, and being moved in the page, undo scrolling.
    if (this.wanted !== null && tree.line.has(this.wanted)) this.show(this.wanted);
    const first = Math.max(0, Math.floor(grid.scrollTop / this.rowPx) - AROUND);
    const bottom = Math.ceil((grid.scrollTop + grid.clientHeight) / this.rowPx);
    const last = Math.min(tree.shown.length, bottom + AROUND);
    for (const [i, element] of this.drawn) {
      const line = tree.line.get(i) ?? -1;
      if (line >= first && line < last) continue;
      element.remove();
      this.drawn.delete(i);
    }
    for (let line = first; line < last; line++) {
      const i = tree.shown[line];
      if (this.drawn.has(i)) continue;
      const element = buildRow(this, i, `${this.name}-${i}`);
      element.setAttribute("aria-rowindex", line + 2);
      element.style.top = `${line * this.rowPx}px`;
      this.drawn.set(i, element);
      this.body.append(element);
    }
    this.mark();
  }

  /** Which row is active and which is selected. */
  mark() {
    for (const [i, element] of this.drawn) {
      element.toggleAttribute("data-active", i === this.active);
      element.setAttribute("aria-selected", this.tree.rows.id[i] === this.selected);
    }
    const active = this.drawn.get(this.active);
    if (active) this.grid.setAttribute("aria-activedescendant", active.id);
    else this.grid.removeAttribute("aria-activedescendant");
  }

  // ---- hint --------------------------------------------------------------------------------------

  rowAt(event) {
    const element = event.target.closest(".ao-waterfall-row");
    for (const [i, drawn] of this.drawn) if (drawn === element) return i;
    return null;
  }

  hovered(event) {
    const i = this.rowAt(event);
    if (i === null) return this.hideHint();
    this.showHint(i, event.clientX);
  }

  /** Beside row `i`, at `x` of the window. */
  showHint(i, x) {
    if (this.hinted !== i) fillHint(this.hint, words(this, i));
    this.hinted = i;
    placeHint(this.hint, this.drawn.get(i), x);
  }

  hideHint() {
    this.hint.hidden = true;
    this.hinted = null;
  }
}
