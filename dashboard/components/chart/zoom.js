// The zoomed x range of a chart: read, set, reset, and kept in step within a group.

const STEP = "agentops-chart-zoom"; // the window event between the charts of one group
const groups = new Map(); // group -> {range, revision}, for charts that are drawn later

// ---- axes ----------------------------------------------------------------------------------------

/**
 * The first x axis of a drawn chart and those that plotly keeps equal to it, as {name, axis}.
 * None for a pie; further axes that go their own way are plotly's business alone.
 */
export function xAxes(gd) {
  const full = gd._fullLayout;
  if (!full?._has("cartesian")) return [];
  const all = Object.entries(full)
    .filter(([name, axis]) => /^xaxis\d*$/.test(name) && axis)
    .map(([name, axis]) => ({ name, axis }));
  const together = (full._axisMatchGroups ?? []).find((ids) => ids[all[0]?.axis._id]);
  return all.filter(({ axis }, index) => index === 0 || together?.[axis._id]);
}

/** [start, end] of the first x axis in its linear unit (milliseconds of wall clock for a date axis). */
export function rangeNow(gd) {
  const first = xAxes(gd)[0];
  return first ? first.axis.range.map((value) => first.axis.r2l(value)) : null;
}

/** The x range that a relayout event carries: [start, end], null for a reset, undefined for neither. */
export function rangeOf(event, gd) {
  for (const { name, axis } of xAxes(gd)) {
    const ends = event[`${name}.range`] ?? [event[`${name}.range[0]`], event[`${name}.range[1]`]];
    if (ends[0] !== undefined && ends[1] !== undefined) return ends.map((end) => axis.r2l(end));
    if (event[`${name}.autorange`]) return null;
  }
  return undefined;
}

/** Zoom a drawn chart to `range`, or (null) back to what `own`, the figure's layout, says. */
export function applyRange(Plotly, gd, range, own) {
  const change = {};
  const reset = (name) => {
    if (own[name]?.range) change[`${name}.range`] = [...own[name].range];
    else change[`${name}.autorange`] = own[name]?.autorange ?? true;
  };
  for (const { name, axis } of xAxes(gd)) {
    if (range) change[`${name}.range`] = range.map((end) => axis.l2r(end));
    else reset(name);
  }
  if (!range) Object.keys(gd._fullLayout).filter((name) => /^yaxis\d*$/.test(name)).forEach(reset);
  return Plotly.relayout(gd, change);
}

let revision = 0;

/**
 * Write the reader's zoom into the layout of a refresh.  The x axes get a revision of their own each time,
 * because plotly's uirevision knows only what was dragged, not what keys or other charts of a group did.
 */
export function keepRange(gd, layout, range) {
  revision += 1;
  for (const { name, axis } of xAxes(gd)) {
    layout[name] = { ...layout[name], uirevision: `zoom ${revision}` };
    if (range) Object.assign(layout[name], { range: range.map((end) => axis.l2r(end)), autorange: false });
  }
}

// ---- in step -------------------------------------------------------------------------------------

/** Tell the group's other charts; `range` null means reset. */
export function tellGroup(group, source, range, revision) {
  if (!group) return;
  if (range) groups.set(group, { range, revision });
  else groups.delete(group);
  window.dispatchEvent(new CustomEvent(STEP, { detail: { group, source, range } }));
}

/** Call `follow(range)` when another chart of `groupNow()` was zoomed; returns how to stop. */
export function followGroup(source, groupNow, follow) {
  const heard = ({ detail }) => {
    if (detail.source !== source && detail.group === groupNow()) follow(detail.range);
  };
  window.addEventListener(STEP, heard);
  return () => window.removeEventListener(STEP, heard);
}

/** The zoom that a chart of `group` starts with, if its charts are zoomed. */
export function groupRange(group, revision) {
  const kept = groups.get(group);
  return kept && kept.revision === revision ? kept.range : null;
}

/** How many charts of a page hold a group: with the last of them its zoom is forgotten. */
const members = new Map();
export function joinGroup(group) {
  if (group) members.set(group, (members.get(group) ?? 0) + 1);
}
export function leaveGroup(group) {
  if (!group) return;
  const left = (members.get(group) ?? 1) - 1;
  if (left > 0) return void members.set(group, left);
  members.delete(group);
  groups.delete(group);
}
