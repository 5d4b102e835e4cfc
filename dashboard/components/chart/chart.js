// The chart component: one plotly figure, kept alive over refreshes.
//
// Streamlit calls the default export again for each change of the data and of the theme, with the same
// parent element; the function that it returns runs when the chart leaves the page.

import { loadPlotly } from "./bundle.js";
import { buildFrame } from "./frame.js";
import { forget, handleKey, hoverText } from "./keyboard.js";
import { localeFor } from "./locale.js";
import { fitted } from "./narrow.js";
import { writeTable } from "./table.js";
import { isCramped } from "./margins.js";
import { axisNames, readTheme, themed } from "./theme.js";
import {
  applyRange, followGroup, groupRange, joinGroup, keepRange, leaveGroup, rangeNow, rangeOf, tellGroup,
  xAxes,
} from "./zoom.js";

const REPORT_AFTER_MS = 200; // a drag ends in one report, not in one per wheel of the hand
const MOST_POINTS = 1000; // of one selection
const charts = new WeakMap(); // parent element -> Chart

export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  let chart = charts.get(parentElement);
  if (!chart) charts.set(parentElement, (chart = new Chart(parentElement)));
  chart.update(data, { setStateValue, setTriggerValue });
  return () => chart.release();
}

class Chart {
  constructor(parent) {
    this.parent = parent;
    this.Plotly = null; // set with the first drawing
    this.bundle = null; // "basic" or "full", as drawn
    this.drawn = null; // what is on the screen: {figure, theme, locale, height}
    this.zoom = null; // [start, end] that the reader chose, in the axis' linear unit
    this.reported = false; // whether Python holds a zoom of this chart
    this.cursor = null; // what the keyboard reads: an x, or one point
    this.pointer = null; // where the mouse hovers, to show it again after a refresh
    this.quiet = 0; // > 0 while plotly reports what we did ourselves
    this.cramped = false; // whether the figure's own margins are too small for its numbers
    this.group = null;
    this.build();
    this.watch();
  }

  // ---- life --------------------------------------------------------------------------------------

  update(data, out) {
    const changed = this.data?.figure !== data.figure;
    this.data = data;
    this.out = out;
    this.describe();
    if (changed) this.fillTable();
    if (data.group !== this.group) {
      leaveGroup(this.group);
      joinGroup((this.group = data.group));
    }
    this.draw();
  }

  /** Streamlit also ends a call that a newer one has overtaken; only leaving the page counts. */
  release() {
    if (!this.parent.isConnected) return this.destroy();
    setTimeout(() => this.parent.isConnected || this.destroy(), 1000);
  }

  destroy() {
    if (this.destroyed) return;
    this.destroyed = true;
    this.watches.forEach((stop) => stop());
    clearTimeout(this.reportTimer);
    clearTimeout(this.readTimer);
    leaveGroup(this.group);
    if (this.drawn) this.Plotly.purge(this.gd);
    this.frame.remove();
    charts.delete(this.parent);
  }

  watch() {
    const size = new ResizeObserver(() => this.resize());
    size.observe(this.frame);
    const shown = () => document.hidden || (this.due && this.draw());
    document.addEventListener("visibilitychange", shown);
    this.watches = [
      () => size.disconnect(),
      () => document.removeEventListener("visibilitychange", shown),
      followGroup(this, () => this.group, (range) => this.follow(range)),
    ];
  }

  // ---- frame -------------------------------------------------------------------------------------

  build() {
    Object.assign(this, buildFrame(this.parent));
    this.resetButton.addEventListener("click", () => {
      this.resetZoom();
      this.gd.focus();
    });
    this.saveButton.addEventListener("click", () => this.save());
    this.tableButton.addEventListener("click", () => this.showTable(this.table.hidden));
    this.gd.addEventListener("keydown", (event) => {
      if (event.target === this.gd && this.drawn && handleKey(this, event)) event.preventDefault();
    });
    this.gd.addEventListener("blur", () => forget(this));
  }

  /** All that is not the drawing: height, names, the reader's words. */
  describe() {
    const { height, description, labels } = this.data;
    this.frame.style.height = `${height}px`;
    this.frame.setAttribute("aria-label", description);
    this.gd.setAttribute("aria-roledescription", labels.chart);
    this.gd.setAttribute("aria-label", `${description} ${labels.zoom_hint}`);
    this.words.textContent = description;
    const other = this.table.hidden ? labels.table : labels.no_table;
    this.table.setAttribute("aria-label", description);
    for (const [button, name] of [
      [this.saveButton, labels.download], [this.resetButton, labels.reset], [this.tableButton, other],
    ]) {
      button.title = name;
      button.setAttribute("aria-label", name);
    }
  }

  /** The values in words in the chart's place, or the chart again. */
  showTable(shown) {
    this.table.hidden = !shown;
    this.gd.inert = shown; // covered: not to be met by keyboard
    this.tableButton.setAttribute("aria-pressed", String(shown));
    this.describe();
    if (shown) this.fillTable();
  }

  fillTable() {
    if (this.table.hidden) return;
    writeTable(this.table, JSON.parse(this.data.figure), this.data.labels, this.data.description);
  }

  /** A sentence in the chart's place, never a blank. */
  fail(error) {
    console.error(error);
    this.message ??= this.frame.appendChild(document.createElement("p"));
    this.message.className = "ao-chart-failure";
    this.message.setAttribute("role", "alert");
    this.message.textContent = `${this.data.labels.failed} (${error?.message ?? error})`;
  }

  // ---- drawing -----------------------------------------------------------------------------------

  /** Draw what Python sent last.  One drawing at a time; what comes meanwhile is drawn after it. */
  async draw() {
    if (document.hidden || !this.frame.clientWidth) return void (this.due = true);
    this.due = false;
    if (this.drawing) return void (this.again = true);
    this.drawing = true;
    try {
      do {
        this.again = false;
        await this.drawOnce();
      } while (this.again && !this.destroyed);
      this.message?.remove();
      this.message = null;
    } catch (error) {
      if (!this.destroyed) this.fail(error);
    } finally {
      this.drawing = false;
    }
  }

  async drawOnce() {
    const data = this.data;
    // The full bundle can draw what the basic one can: a chart does not go back.
    const keep = this.drawn && (this.bundle === data.bundle.name || this.bundle === "full");
    const Plotly = keep ? this.Plotly : await loadPlotly(data.bundle.path);
    if (this.destroyed || data !== this.data) return void (this.again = true);
    const figure = JSON.parse(data.figure);
    const wanted = {
      figure: data.figure, theme: readTheme(this.frame), locale: data.locale, height: data.height,
      // A figure that cannot be squeezed says so, and is scrolled.
      width: Math.max(this.frame.clientWidth, figure.layout.meta?.min_width ?? 0), revision: data.revision,
    };
    if (keep && JSON.stringify(wanted) === JSON.stringify(this.drawn)) return;
    const fresh = !keep || this.drawn.locale !== data.locale;
    fitted(figure, wanted.width);
    this.own = figure.layout;
    const layout = this.arrange(figure.layout, wanted);
    const config = {
      displayModeBar: false, doubleClick: false, showTips: false, responsive: false,
      scrollZoom: false, locale: localeFor(Plotly, data.locale),
    };
    if (this.zoom && this.drawn?.revision !== data.revision) {
      this.setZoom(null);
      this.report(null);
    }
    if (!fresh) keepRange(this.gd, layout, this.zoom);
    if (fresh && this.drawn) this.Plotly.purge(this.gd);
    this.quiet += 1;
    try {
      this.Plotly = Plotly;
      this.bundle = keep ? this.bundle : data.bundle.name;
      if (fresh) await Plotly.newPlot(this.gd, figure.data, layout, config);
      else await Plotly.react(this.gd, figure.data, layout, config);
      if (!this.cramped && isCramped(this.gd)) {
        this.cramped = true;
        await Plotly.react(this.gd, figure.data, this.arrange(figure.layout, wanted), config);
      }
      if (this.destroyed) return void Plotly.purge(this.gd);
      this.drawn = wanted;
      this.frame.dataset.bundle = this.bundle;
      if (fresh) {
        this.listen();
        const start = this.zoom ?? groupRange(this.group, data.revision);
        if (start && xAxes(this.gd).length) {
          this.setZoom(start);
          await this.show(start);
        }
      }
    } finally {
      this.quiet -= 1;
    }
    this.hoverAgain();
  }

  /** The figure's layout with what this component adds: theme, size, zoom kept, one axis to zoom. */
  arrange(figureLayout, { theme, width, height, revision }) {
    const layout = themed(figureLayout, theme);
    layout.width = width;
    layout.height = height;
    layout.autosize = false;
    layout.uirevision = revision;
    layout.separators ??= ".,";
    // A finger scrolls the page; a mouse drags a span of x.
    if (matchMedia("(pointer: coarse)").matches) layout.dragmode = false;
    for (const name of axisNames(layout)) {
      // plotly draws a chart twice when it looks for margins itself: only where it must.
      layout[name] = { automargin: this.cramped, ...layout[name] };
      if (name[0] === "y") layout[name] = { fixedrange: true, ...layout[name] };
    }
    return layout;
  }

  resize() {
    if (this.destroyed || !this.frame.clientWidth) return;
    if (this.due || this.drawn?.width !== this.frame.clientWidth) this.draw();
  }

  /** A refresh wipes the hover away; show it again where the mouse still is. */
  hoverAgain() {
    if (this.cursor !== null) this.hoverCursor();
    else if (this.pointer) this.Plotly.Fx.hover(this.gd, this.pointer.at, this.pointer.subplot);
  }

  // ---- what the reader does ----------------------------------------------------------------------

  listen() {
    const { gd } = this;
    gd.on("plotly_relayout", (event) => {
      const range = this.quiet ? undefined : rangeOf(event, gd);
      if (range !== undefined) this.zoomed(range);
    });
    gd.on("plotly_doubleclick", () => this.resetZoom());
    gd.on("plotly_hover", ({ event, points }) => {
      if (event?.clientX !== undefined) this.remember(event, points?.[0]);
    });
    gd.on("plotly_unhover", () => (this.pointer = null));
    gd.on("plotly_click", ({ points }) => this.select(points));
    gd.on("plotly_selected", (event) => event?.points?.length && this.select(event.points));
  }

  remember(event, point) {
    if (!point?.xaxis) return;
    const box = this.gd.getBoundingClientRect();
    const at = {
      xpx: event.clientX - box.left + this.gd.scrollLeft - point.xaxis._offset,
      ypx: event.clientY - box.top - point.yaxis._offset,
    };
    this.pointer = { at, subplot: point.xaxis._id + point.yaxis._id };
  }

  /** Show what the keyboard reads; a place that new data no longer have is not shown. */
  hoverCursor() {
    const { cursor, gd } = this;
    if (typeof cursor === "number") return void this.Plotly.Fx.hover(gd, { xval: cursor });
    const point = gd.calcdata[cursor.curveNumber]?.[cursor.pointNumber];
    if (!point) return void (this.cursor = null);
    const axis = gd._fullLayout.xaxis;
    const left = axis._offset + axis.c2p(point.x ?? point.p);
    if (left < gd.scrollLeft || left > gd.scrollLeft + gd.clientWidth) {
      gd.scrollLeft = left - gd.clientWidth / 2;
    }
    this.Plotly.Fx.hover(gd, [cursor]);
  }

  /** The keyboard's place, an x or one point: show its values and speak them. */
  read(place) {
    this.cursor = place;
    this.hoverCursor();
    clearTimeout(this.readTimer);
    // plotly shows a hover at once or, when keys come fast, within 50 ms; it sends no event for ours.
    this.readTimer = setTimeout(() => this.cursor !== null && this.say(hoverText(this.gd)), 80);
  }

  say(text) {
    if (text && text !== this.voice.textContent) this.voice.textContent = text;
  }

  select(points) {
    if (!this.data.reports.select || !points?.length) return;
    const plainValue = (value) => (ArrayBuffer.isView(value) ? Array.from(value) : value ?? null);
    const told = points.slice(0, MOST_POINTS).map((point) => ({
      curve: point.curveNumber,
      index: point.pointNumber ?? point.pointNumbers?.[0] ?? null,
      x: plainValue(point.x ?? point.label),
      y: plainValue(point.y ?? point.value),
      customdata: plainValue(point.customdata),
    }));
    this.out.setTriggerValue("selected", told);
  }

  // ---- zoom --------------------------------------------------------------------------------------

  /** The reader has zoomed here (null: reset): remember, take the group along, tell Python. */
  zoomed(range) {
    this.setZoom(range);
    tellGroup(this.group, this, range, this.data.revision);
    this.report();
  }

  async zoomTo(range) {
    await this.show(range);
    this.zoomed(rangeNow(this.gd));
  }

  async resetZoom() {
    if (!this.drawn || !xAxes(this.gd).length) return;
    await this.show(null);
    this.zoomed(null);
    this.say(this.data.labels.zoom_reset);
  }

  /** Another chart of the group was zoomed. */
  async follow(range) {
    if (this.drawn && !xAxes(this.gd).length) return; // a pie among charts over time
    this.setZoom(range);
    this.report(null); // Python keeps one range of a group: that of the chart that was dragged
    if (this.drawn && this.frame.clientWidth) await this.show(range);
  }

  async show(range) {
    this.quiet += 1;
    try {
      await applyRange(this.Plotly, this.gd, range, this.own);
    } finally {
      this.quiet -= 1;
    }
  }

  setZoom(range) {
    this.zoom = range;
    this.resetButton.hidden = !range;
  }

  /** Tell Python of `range` shortly; nothing when it would learn nothing new. */
  report(range = this.zoom) {
    clearTimeout(this.reportTimer);
    if (!this.data.reports.range || (!range && !this.reported)) return;
    if (range && xAxes(this.gd)[0]?.axis.type !== "date") return;
    this.reportTimer = setTimeout(() => {
      this.reported = Boolean(range);
      const sorted = range && [Math.min(...range), Math.max(...range)];
      const value = sorted && { range: sorted, revision: this.data.revision };
      this.out.setStateValue("zoomed_range", value);
    }, REPORT_AFTER_MS);
  }

  // ---- picture -----------------------------------------------------------------------------------

  async save() {
    if (!this.drawn) return;
    const { gd, Plotly, data, drawn } = this;
    const layout = { ...gd.layout, paper_bgcolor: drawn.theme.paper };
    const size = { width: drawn.width, height: drawn.height, scale: 2 };
    const picture = { data: gd.data, layout, config: { locale: localeFor(Plotly, data.locale) } };
    try {
      await Plotly.downloadImage(picture, { format: "png", filename: data.filename, ...size });
    } catch (error) {
      this.say(String(error?.message ?? error));
    }
  }
}
