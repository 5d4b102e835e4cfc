// Which rows are to be seen: what is open, and what a filter leaves.  No element is touched here.

export const RUN = "run";
export const GAP = "gap";

/** The trace's rows in tree order, and the reader's view of them, which outlives new data. */
export class Tree {
  constructor() {
    this.toggled = new Map(); // row id -> open, where the reader said so
    this.toggledInFilter = new Map(); // the same while a filter holds
    this.everything = null; // true, false: the reader opened or closed all
    this.filter = { kinds: new Set(), errors: false, text: "" };
    this.set(null);
  }

  /** `columns` are those that Python sends; null for none. */
  set(columns) {
    this.rows = columns;
    this.length = columns?.id.length ?? 0;
    this.at = new Map(columns?.id.map((id, i) => [id, i]));
    this.end = new Int32Array(this.length); // position behind the row's subtree
    this.place = new Int32Array(this.length); // among its siblings, from 1
    this.siblings = new Int32Array(this.length);
    this.haystacks = new Array(this.length);
    this.total_s = 0;
    this.spans = 0;
    this.single = 0; // rows that stand for themselves: spans and gaps
    const children = new Int32Array(this.length + 1); // the last counts the tops
    const parentOf = (i) => columns.parent[i] ?? this.length;
    for (let i = 0; i < this.length; i++) {
      this.place[i] = ++children[parentOf(i)];
      if (columns.type[i] === "span") this.spans++;
      if (columns.type[i] !== RUN) this.single++;
      this.total_s = Math.max(this.total_s, columns.offset_s[i] + columns.duration_s[i]);
    }
    for (let i = this.length - 1; i >= 0; i--) {
      this.end[i] = Math.max(this.end[i], i + 1);
      this.siblings[i] = children[parentOf(i)];
      const parent = columns.parent[i];
      if (parent !== null) this.end[parent] = Math.max(this.end[parent], this.end[i]);
    }
    this.children = children;
    this.refresh();
  }

  get filtering() {
    const { kinds, errors, text } = this.filter;
    return kinds.size > 0 || errors || text !== "";
  }

  setFilter(filter, wordsOfKind) {
    this.filter = filter;
    this.wordsOfKind = wordsOfKind;
    this.toggledInFilter.clear();
    this.refresh();
  }

  /** Compute anew what matches, and which rows are seen: `shown`, positions in order. */
  refresh() {
    this.matches = new Uint8Array(this.length);
    this.kept = new Int32Array(this.length); // matching rows at or below
    this.matching = 0;
    for (let i = this.length - 1; i >= 0; i--) {
      this.matches[i] = this.filtering && this.isMatch(i) ? 1 : 0;
      this.kept[i] += this.matches[i];
      this.matching += this.matches[i];
      const parent = this.rows.parent[i];
      if (parent !== null) this.kept[parent] += this.kept[i];
    }
    this.arrange();
  }

  arrange() {
    this.shown = [];
    this.line = new Map(); // position -> line on the screen
    for (let i = 0; i < this.length; ) {
      if (this.filtering && !this.kept[i]) {
        i = this.end[i];
        continue;
      }
      this.line.set(i, this.shown.length);
      this.shown.push(i);
      i = this.isOpen(i) ? i + 1 : this.end[i];
    }
  }

  isMatch(i) {
    const { kinds, errors, text } = this.filter;
    const { rows } = this;
    if (rows.type[i] === RUN) return false; // its spans match, and it stays above them
    if (kinds.size && !kinds.has(this.kind(i))) return false;
    if (errors && !rows.failed[i]) return false;
    return !text || this.haystack(i).includes(text);
  }

  kind(i) {
    return this.rows.type[i] === GAP ? GAP : this.rows.kind[i];
  }

  haystack(i) {
    const { id, name, label } = this.rows;
    this.haystacks[i] ??= `${name[i]} ${label[i]} ${this.wordsOfKind(this.kind(i))} ${id[i]}`.toLowerCase();
    return this.haystacks[i];
  }

  // ---- open and closed ---------------------------------------------------------------------------

  hasChildren(i) {
    return this.filtering ? this.kept[i] > this.matches[i] : this.end[i] > i + 1;
  }

  isOpen(i) {
    const id = this.rows.id[i];
    const isRun = this.rows.type[i] === RUN;
    if (this.filtering) {
      // A run of which all match says as much as they do.
      return this.toggledInFilter.get(id) ?? !(isRun && this.kept[i] >= this.rows.spans[i]);
    }
    const unasked = this.everything === null ? !isRun : this.everything || this.rows.depth[i] === 0;
    return this.toggled.get(id) ?? unasked;
  }

  toggle(i, open) {
    (this.filtering ? this.toggledInFilter : this.toggled).set(this.rows.id[i], open);
    this.arrange();
  }

  toggleAll(open) {
    this.everything = open;
    this.toggled.clear();
    this.toggledInFilter.clear();
    if (this.filtering) {
      this.rows.id.forEach((id, i) => this.toggledInFilter.set(id, open || this.rows.depth[i] === 0));
    }
    this.arrange();
  }

  /** Open all above row `i`; false when a filter hides it. */
  reveal(i) {
    if (this.filtering && !this.kept[i]) return false;
    const states = this.filtering ? this.toggledInFilter : this.toggled;
    let changed = false;
    for (let above = this.rows.parent[i]; above !== null; above = this.rows.parent[above]) {
      if (this.isOpen(above)) continue;
      states.set(this.rows.id[above], true);
      changed = true;
    }
    if (changed) this.arrange();
    return true;
  }

  // ---- the critical path -------------------------------------------------------------------------

  /** When the path is at this row, or, where it is closed, at any row below: [start_s, duration_s]. */
  pathOf(i) {
    if (!this.hasChildren(i) || this.isOpen(i)) return this.rows.on_path[i];
    const pieces = [];
    for (let below = i; below < this.end[i]; below++) {
      if (this.rows.type[below] !== RUN) pieces.push(...this.rows.on_path[below]);
    }
    return pieces.sort((a, b) => a[0] - b[0]);
  }
}

/** Pieces with those joined between which no pixel is left; `wide_s` is the time of a pixel. */
export function joined(pieces, wide_s) {
  const out = [];
  for (const [start, lasts] of pieces) {
    const last = out.at(-1);
    if (last && start - (last[0] + last[1]) < wide_s) last[1] = start + lasts - last[0];
    else out.push([start, lasts]);
  }
  return out;
}
