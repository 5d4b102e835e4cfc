// Reading and zooming a chart with the keyboard.

import { rangeNow } from "./zoom.js";

/**
 * Handle one key.  `chart` offers gd, Plotly, cursor, read(place), select(points), zoomTo(range), resetZoom().
 * Returns whether the key was ours.
 *
 * A chart whose hover is over one x is read x by x, and its cursor is that x.  One whose hover is over single
 * points (hovermode "closest") is read point by point, up and down lead to the next series, and its cursor is
 * {curveNumber, pointNumber}.
 */
export function handleKey(chart, event) {
  if (event.altKey || event.ctrlKey || event.metaKey) return false;
  if (chart.gd._fullLayout.hovermode === "closest" && stepPoint(chart, event.key)) return true;
  switch (event.key) {
    case "ArrowRight": return step(chart, +1);
    case "ArrowLeft": return step(chart, -1);
    case "Home": return step(chart, -Infinity);
    case "End": return step(chart, +Infinity);
    case "+": case "=": return zoom(chart, 0.5);
    case "-": case "_": return zoom(chart, 2);
    case "0": chart.resetZoom(); return true;
    case "Escape":
      forget(chart);
      chart.gd.blur();
      return true;
    default: return false;
  }
}

/** Remove the hover that the keys have set. */
export function forget(chart) {
  if (chart.cursor === null) return;
  chart.cursor = null;
  chart.Plotly?.Fx.unhover(chart.gd);
}

/** What the hover labels say, as one sentence for a screen reader. */
export function hoverText(gd) {
  const lines = [...gd.querySelectorAll(".hoverlayer text")]
    .flatMap((text) => {
      const spans = [...text.querySelectorAll("tspan.line")];
      return spans.length ? spans.map((span) => span.textContent) : [text.textContent];
    })
    .map((line) => line.trim())
    .filter(Boolean);
  return [...new Set(lines)].join(", ");
}

// ---- point by point ------------------------------------------------------------------------------

function stepPoint(chart, key) {
  const all = series(chart.gd);
  if (!all.length) return false;
  const row = all.findIndex(({ curve }) => curve === chart.cursor?.curveNumber);
  // The data may have changed since the last key: go on from the nearest place.
  const at = row < 0 ? -1 : all[row].stops.findLastIndex(({ index }) => index <= chart.cursor.pointNumber);
  if (key === "Enter") {
    if (at < 0) return false;
    const { trace, stops } = all[row];
    const from = (array) => array?.[stops[at].number];
    const [x, y, customdata] = [trace.x, trace.y, trace.customdata].map(from);
    chart.select([{ curveNumber: trace.index, pointNumber: stops[at].number, x, y, customdata }]);
    return true;
  }
  const go = (to, stop) => {
    chart.read({ curveNumber: all[to].curve, pointNumber: stop.index });
    return true;
  };
  const [first, last] = [all[0], all.at(-1)];
  switch (key) {
    case "Home": return go(0, first.stops[0]);
    case "End": return go(all.length - 1, last.stops.at(-1));
    case "ArrowRight":
      if (at < 0) return go(0, first.stops[0]);
      if (all[row].stops[at + 1]) return go(row, all[row].stops[at + 1]);
      return all[row + 1] ? go(row + 1, all[row + 1].stops[0]) : true;
    case "ArrowLeft":
      if (at < 0) return go(all.length - 1, last.stops.at(-1));
      if (at > 0) return go(row, all[row].stops[at - 1]);
      return all[row - 1] ? go(row - 1, all[row - 1].stops.at(-1)) : true;
    case "ArrowDown": case "ArrowUp": {
      const to = at < 0 ? 0 : row + (key === "ArrowDown" ? 1 : -1);
      if (!all[to]) return true;
      const x = at < 0 ? -Infinity : all[row].stops[at].x;
      return go(to, all[to].stops.reduce((a, b) => (Math.abs(b.x - x) < Math.abs(a.x - x) ? b : a)));
    }
    default: return false;
  }
}

/** The shown points that hover, by trace; of neighbours that stand for the same (customdata), the first. */
function series(gd) {
  const all = [];
  (gd.calcdata ?? []).forEach((points, curve) => {
    const trace = points[0]?.trace;
    if (trace?.visible !== true || trace.hoverinfo === "skip") return;
    const stops = [];
    let before;
    points.forEach((point, index) => {
      const x = point.x ?? point.p;
      if (!Number.isFinite(x) || point.s === null) return;
      const number = point.i ?? index;
      const means = trace.customdata && JSON.stringify(trace.customdata[number]);
      if (means === undefined || means !== before) stops.push({ index, number, x });
      before = means;
    });
    if (stops.length) all.push({ curve, trace, stops });
  });
  return all;
}

// ---- steps ---------------------------------------------------------------------------------------

function step(chart, by) {
  const range = rangeNow(chart.gd);
  if (!range) return false;
  const [low, high] = [Math.min(...range), Math.max(...range)];
  const stops = xValues(chart.gd).filter((x) => x >= low && x <= high);
  if (!stops.length) return true;
  let at;
  if (chart.cursor === null) at = by > 0 === Number.isFinite(by) ? 0 : stops.length - 1;
  else {
    // The data may have changed since the last key: go on from the nearest place.
    const next = stops.findIndex((x) => x >= chart.cursor);
    at = (next < 0 ? stops.length - 1 : next) + by;
  }
  at = Math.max(0, Math.min(stops.length - 1, at));
  chart.read(stops[at]);
  return true;
}

function zoom(chart, factor) {
  const range = rangeNow(chart.gd);
  if (!range || chart.gd._fullLayout.xaxis.fixedrange) return false;
  const [start, end] = range;
  const middle = Number.isFinite(chart.cursor) ? chart.cursor : (start + end) / 2;
  chart.zoomTo([middle - (middle - start) * factor, middle + (end - middle) * factor]);
  return true;
}

/** The sorted x of all points that are shown, in the axis' linear unit. */
function xValues(gd) {
  const all = new Set();
  for (const points of gd.calcdata ?? []) {
    if (points[0]?.trace?.visible !== true) continue;
    for (const point of points) {
      const x = point.x ?? point.p; // scatter has x, bars have p
      if (Number.isFinite(x)) all.add(x);
    }
  }
  return [...all].sort((a, b) => a - b);
}
