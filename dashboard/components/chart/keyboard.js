// Reading and zooming a chart with the keyboard.

import { rangeNow } from "./zoom.js";

/**
 * Handle one key.  `chart` offers gd, Plotly, cursor, read(x), zoomTo(range), resetZoom().
 * Returns whether the key was ours.
 */
export function handleKey(chart, event) {
  if (event.altKey || event.ctrlKey || event.metaKey) return false;
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
  if (!range) return false;
  const [start, end] = range;
  const middle = chart.cursor ?? (start + end) / 2;
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
