// A figure on a phone: its legend must not take the room of its marks.

const NARROW_PX = 480;
const LETTERS = 15; // two names beside each other in the 250 px between the axis and the edge
const FEW = 4; // names that stand below each other without harm

/** `figure` for a place of `width` px: on a narrow one, a small legend. Changes `figure`. */
export function fitted(figure, width) {
  if (width >= NARROW_PX || !figure.layout.legend) return figure;
  const { legend } = figure.layout;
  figure.layout.legend = { ...legend, itemwidth: 30, font: { size: 10, ...legend.font } };
  const named = figure.data.filter((trace) => trace.name && trace.showlegend !== false);
  if (named.length > FEW) for (const trace of named) trace.name = shortened(trace.name);
  return figure;
}

/** The name with its middle left out: beginnings and ends of models' names tell them apart. */
function shortened(name) {
  // An entity such as &amp; must not be cut in two.
  const letters = name.match(/&(?:\w+|#\d+);|./gsu) ?? [];
  if (letters.length <= LETTERS) return name;
  const start = Math.ceil((LETTERS - 1) / 2);
  return `${letters.slice(0, start).join("")}…${letters.slice(start + 1 - LETTERS).join("")}`;
}
