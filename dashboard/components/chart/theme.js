// Streamlit's theme, read from the custom properties that it gives every component, applied to a layout.

/** The colours and the font that hold at `element` now. */
export function readTheme(element) {
  const style = getComputedStyle(element);
  const property = (name) => style.getPropertyValue(name).trim();
  const ink = rgb(element, property("--st-text-color") || "#31333f");
  const paper = rgb(element, property("--st-background-color") || "#ffffff");
  return {
    font: property("--st-font") || "sans-serif",
    paper: css(paper),
    ink: css(ink),
    quiet: css(mix(ink, paper, 0.74)), // secondary text: at least 4.5:1 in both themes
    line: css(mix(ink, paper, 0.3)),
    hairline: css(mix(ink, paper, 0.1)),
    series: colours(property("--st-chart-categorical-colors")),
    scale: colours(property("--st-chart-sequential-colors")),
  };
}

/**
 * A copy of `layout` in the theme's colours.  Whatever the figure's own layout sets stays;
 * its template does not count as its own.  Traces are never touched.
 */
export function themed(layout, theme) {
  const out = { ...layout };
  out.paper_bgcolor ??= "rgba(0,0,0,0)";
  out.plot_bgcolor ??= "rgba(0,0,0,0)";
  out.font = { family: theme.font, color: theme.ink, ...layout.font };
  const named = layout.template?.layout ?? {};
  if (theme.series.length && !named.colorway) out.colorway ??= theme.series;
  if (theme.scale.length > 1 && !named.colorscale) {
    const last = theme.scale.length - 1;
    out.colorscale ??= { sequential: theme.scale.map((colour, i) => [i / last, colour]) };
  }
  const legend = { ...layout.legend };
  legend.bgcolor ??= "rgba(0,0,0,0)";
  legend.font = { color: theme.ink, ...legend.font };
  out.legend = legend;
  const label = { bgcolor: theme.paper, bordercolor: theme.line, namelength: -1, ...layout.hoverlabel };
  label.font = { color: theme.ink, family: theme.font, ...label.font };
  label.align ??= "left";
  out.hoverlabel = label;
  out.modebar = { ...layout.modebar };
  for (const name of axisNames(layout)) out[name] = themedAxis(layout[name], name[0], theme);
  return out;
}

/** The names of the layout's cartesian axes; plotly makes xaxis and yaxis also unasked. */
export function axisNames(layout) {
  const named = Object.keys(layout).filter((name) => /^[xy]axis\d*$/.test(name));
  return [...new Set(["xaxis", "yaxis", ...named])];
}

function themedAxis(axis, letter, theme) {
  const out = {
    gridcolor: theme.hairline,
    linecolor: theme.line,
    tickcolor: theme.line,
    zerolinecolor: theme.line,
    spikecolor: theme.quiet,
    spikethickness: 1,
    spikedash: "solid",
    ...axis,
  };
  if (letter === "y") out.showspikes ??= false;
  out.tickfont = { color: theme.quiet, ...out.tickfont };
  if (typeof out.title === "string") out.title = { text: out.title };
  if (out.title) out.title = { ...out.title, font: { color: theme.quiet, ...out.title.font } };
  return out;
}

// ---- colours -------------------------------------------------------------------------------------

function rgb(element, colour) {
  // The browser itself reads every notation; it answers rgb(r, g, b) or rgba(…).
  const probe = document.createElement("span");
  probe.style.color = colour;
  probe.hidden = true;
  element.append(probe);
  const parts = getComputedStyle(probe).color.match(/[\d.]+/g) ?? [0, 0, 0];
  probe.remove();
  return parts.slice(0, 3).map(Number);
}

const colours = (list) => list.match(/#[0-9a-f]{6}\b/gi) ?? [];
const mix = (one, other, share) => one.map((c, i) => Math.round(c * share + other[i] * (1 - share)));
const css = ([r, g, b]) => `rgb(${r}, ${g}, ${b})`;
