// The keys of a tree grid (WAI-ARIA), and letters that lead to the next row of that name.

const TYPING_MS = 900; // letters that follow each other faster are one word

/** Handle one key on the grid; `fall` is the Waterfall.  Returns whether the key was ours. */
export function handleKey(fall, event) {
  if (event.altKey || event.ctrlKey || event.metaKey) return false;
  const { tree } = fall;
  const line = tree.line.get(fall.active) ?? -1;
  const go = (to) => {
    fall.activate(tree.shown[Math.max(0, Math.min(tree.shown.length - 1, to))]);
    return true;
  };
  if (!tree.shown.length) return false;
  switch (event.key) {
    case "ArrowDown": return go(line + 1);
    case "ArrowUp": return go(line < 0 ? 0 : line - 1);
    case "PageDown": return go(line + fall.page());
    case "PageUp": return go(line - fall.page());
    case "Home": return go(0);
    case "End": return go(tree.shown.length - 1);
    case "ArrowRight": return line < 0 ? go(0) : inward(fall, go, line);
    case "ArrowLeft": return line < 0 ? go(0) : outward(fall);
    case "Enter":
      if (line >= 0) fall.choose(fall.active);
      return true;
    case "Escape":
      fall.typed = "";
      fall.hideHint();
      return true;
    default: return event.key.length === 1 && type(fall, event.key, line);
  }
}

function inward(fall, go, line) {
  const { tree, active } = fall;
  if (!tree.hasChildren(active)) return true;
  if (tree.isOpen(active)) return go(line + 1);
  fall.toggle(active, true);
  return true;
}

function outward(fall) {
  const { tree, active } = fall;
  const parent = tree.rows.parent[active];
  if (tree.hasChildren(active) && tree.isOpen(active)) fall.toggle(active, false);
  else if (parent !== null) fall.activate(parent);
  return true;
}

/** The next row whose name begins with what was typed, else one that holds it; a space alone selects. */
function type(fall, letter, line) {
  const { tree } = fall;
  const now = performance.now();
  const goesOn = fall.typed && now - fall.typedAt < TYPING_MS;
  if (letter === " " && !goesOn) {
    if (line >= 0) fall.choose(fall.active);
    return true;
  }
  fall.typed = (goesOn ? fall.typed : "") + letter.toLowerCase();
  fall.typedAt = now;
  const same = [...fall.typed].every((each) => each === fall.typed[0]);
  const sought = same ? fall.typed[0] : fall.typed; // the same letter again: the next of that letter
  const first = same ? line + 1 : Math.max(0, line);
  const names = tree.shown.map((i) => tree.rows.name[i].toLowerCase());
  for (const fits of [(name) => name.startsWith(sought), (name) => name.includes(sought)]) {
    for (let step = 0; step < names.length; step++) {
      const at = (first + step) % names.length;
      if (fits(names[at])) {
        fall.activate(tree.shown[at]);
        return true;
      }
    }
  }
  return true;
}
