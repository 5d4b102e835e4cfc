// The trace's timeline and its state at one place of it.  No element is touched here.
//
// There are two clocks: seconds of the trace, and those of the film, in which long waits are shortened.
// Positions are the film's; all that happens is compared in them.

/** The first index of ascending `values` that is greater than `limit`. */
export function after(values, limit) {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

export class Film {
  /** `columns` as Python sends them (components/replay_view.py, film). */
  constructor(columns) {
    Object.assign(this, columns);
    for (const name of ["name", "label", "kind"]) this[name] = columns[name].map((i) => columns.texts[i]);
    this.strip = columns.strip.map(([start, end, kind]) => [start, end, columns.texts[kind]]);
    const failed = new Set(columns.failed);
    this.failed = columns.id.map((_, span) => failed.has(span));
    this.gapStarts = this.gaps.map(([, , at]) => at);
    this.gapEnds = this.gapStarts.map((at) => at + this.bound_s);
    this.realStarts = this.gaps.map(([start]) => start);
    this.length = this.shown(this.duration_s);
    this.stepReal = this.steps.map((step) => (step >= 0 ? this.start_s[step] : this.end_s[-1 - step]));
    this.stepAt = this.stepReal.map((at) => this.shown(at));
    this.sumAt = this.sums.map(([at]) => this.shown(at));
    this.began = new Int32Array(this.id.length); // number of the step that started each span
    this.steps.forEach((step, number) => step >= 0 && (this.began[step] = number));
    this.rewind();
  }

  // ---- the two clocks ----------------------------------------------------------------------------

  /** Of the trace → of the film. */
  shown(real) {
    const gap = after(this.realStarts, real) - 1;
    if (gap < 0) return real;
    const [start, end, at] = this.gaps[gap];
    return real < end ? at + ((real - start) / (end - start)) * this.bound_s : at + this.bound_s + real - end;
  }

  /** Of the film → of the trace. */
  real(position) {
    const gap = after(this.gapStarts, position) - 1;
    if (gap < 0) return position;
    const [start, end, at] = this.gaps[gap];
    const into = position - at;
    return into < this.bound_s ? start + (into / this.bound_s) * (end - start) : end + into - this.bound_s;
  }

  /** The shortened wait at `position`, null where there is none. */
  gap(position) {
    const gap = after(this.gapStarts, position) - 1;
    return gap >= 0 && position < this.gapEnds[gap] ? this.gaps[gap] : null;
  }

  // ---- what happens ------------------------------------------------------------------------------

  /** Where the next thing happens, `by` events away (negative: before), at most the film's end. */
  event(position, by) {
    let at = position;
    for (let left = Math.abs(by); left; left--) {
      if (by > 0) at = this.stepAt[after(this.stepAt, at)] ?? this.length;
      else at = this.before(at);
    }
    return at;
  }

  /** Where something happened last, up to `position`. */
  latest(position) {
    return this.stepAt[after(this.stepAt, position) - 1] ?? 0;
  }

  before(position) {
    let number = after(this.stepAt, position) - 1;
    while (number >= 0 && this.stepAt[number] >= position) number--;
    return number < 0 ? 0 : this.stepAt[number];
  }

  rewind() {
    this.done = 0; // so many steps have happened
    this.ended = 0;
    this.running = new Set();
    this.below = new Int32Array(this.id.length); // running children
  }

  /** Let all happen up to `position`; returns whether anything did, or was undone. */
  seek(position) {
    const done = after(this.stepAt, position);
    if (done === this.done) return false;
    if (done < this.done) this.rewind();
    for (; this.done < done; this.done++) {
      const step = this.steps[this.done];
      const span = step >= 0 ? step : -1 - step;
      if (step >= 0) this.running.add(span);
      else {
        this.running.delete(span);
        this.ended++;
      }
      if (this.parent[span] >= 0) this.below[this.parent[span]] += step >= 0 ? 1 : -1;
    }
    return true;
  }

  /** The running spans, innermost first: without a running child, the last started first; then the rest. */
  inmost() {
    const latest = (a, b) => this.began[b] - this.began[a];
    const leaves = [];
    const outer = [];
    for (const span of this.running) (this.below[span] ? outer : leaves).push(span);
    return [...leaves.sort(latest), ...outer.sort((a, b) => this.depth[b] - this.depth[a] || latest(a, b))];
  }

  /** The sums at `position`. */
  spent(position) {
    const [, tokens, cost, estimated, unpriced, errors] = this.sums[Math.max(0, after(this.sumAt, position) - 1)];
    return { tokens, cost, estimated, unpriced, errors };
  }
}
