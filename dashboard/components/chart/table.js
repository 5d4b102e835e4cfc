// What a chart shows, as a table: for whoever reads better than sees, and for copying.

import { make } from "../agentops-dashboard.parts/dom.js";

const MOST_ROWS = 500; // a cloud of points; the page lists such things besides

/**
 * Heads and rows of a figure, in words.
 *
 * Where the hover says all series at one x, a row is one x: its name (said by the series without a name of
 * its own), then each series.  Elsewhere a row is one point: its series, and what the hover says of it.
 */
export function rowsOf({ data, layout }, labels) {
  const told = data.filter((trace) => trace.hovertemplate && trace.hoverinfo !== "skip");
  if (!String(layout.hovermode ?? "").startsWith("x")) return { heads: null, rows: points(told) };
  const named = told.filter((trace) => extra(trace));
  const places = told.find((trace) => !extra(trace) && trace.customdata);
  if (!places) return { heads: null, rows: points(named) };
  const heads = [labels.window, ...named.map((trace) => words(extra(trace)))];
  const rows = places.customdata.map((_, at) => [said(places, at), ...named.map((trace) => said(trace, at))]);
  return { heads, rows };
}

/** Fill `place` with the table of `figure`, under `caption`. */
export function writeTable(place, figure, labels, caption) {
  const { heads, rows } = rowsOf(figure, labels);
  const table = make("table", "");
  table.append(make("caption", "ao-chart-unseen", {}, caption));
  if (heads) table.createTHead().append(row(heads.map((head) => make("th", "", { scope: "col" }, head))));
  const body = table.createTBody();
  for (const [first, ...rest] of rows.slice(0, MOST_ROWS)) {
    body.append(row([make("th", "", { scope: "row" }, first), ...rest.map((text) => make("td", "", {}, text))]));
  }
  if (rows.length > MOST_ROWS) body.append(row([make("td", "", { colspan: heads?.length ?? 2 }, "…")]));
  place.replaceChildren(table);
}

function row(cells) {
  const made = make("tr", "");
  made.append(...cells);
  return made;
}

function points(traces) {
  return traces.flatMap((trace) => {
    const count = (trace.customdata ?? trace.text ?? trace.hovertext ?? []).length;
    const rows = [];
    for (let at = 0; at < count; at += 1) {
      const text = said(trace, at);
      // One thing may be drawn by many points, as a curve is.
      if (text && text !== rows.at(-1)?.[1]) rows.push([words(trace.name ?? ""), text]);
    }
    return rows;
  });
}

const extra = (trace) => /<extra>(.*?)<\/extra>/s.exec(trace.hovertemplate)?.[1] ?? "";

/** What the hover says of the point `at`, without the name of its series. */
function said(trace, at) {
  const template = trace.hovertemplate.replace(/<extra>.*?<\/extra>/s, "");
  return words(
    template.replace(/%\{(customdata|text|hovertext)(?:\[(\d+)\])?\}/g, (_, name, index) => {
      const value = Array.isArray(trace[name]) ? trace[name][at] : trace[name];
      return String((index === undefined ? value : value?.[index]) ?? "");
    }),
  );
}

const ENTITIES = { "&lt;": "<", "&gt;": ">", "&#37;": "%", "&#36;": "$", "&amp;": "&" };

/** The characters of a plotly text: line breaks as dots, our own markup gone, entities of plain.py read. */
function words(text) {
  return text
    .replace(/<br>/g, " · ")
    .replace(/<[^>]*>/g, "")
    .replace(/&(?:lt|gt|amp|#37|#36);/g, (entity) => ENTITIES[entity])
    .trim();
}
