// The keys of the replay, wherever in it the focus is.

const PART = 20; // Shift and an arrow: such a part of the film

/** Handle one key; `replay` is the Replay.  Returns whether the key was ours. */
export function handleKey(replay, event) {
  if (event.altKey || event.ctrlKey || event.metaKey) return false;
  const onSlider = event.target === replay.slider;
  switch (event.key) {
    case "ArrowRight": return along(replay, 1, event.shiftKey);
    case "ArrowLeft": return along(replay, -1, event.shiftKey);
    case "ArrowUp": return onSlider && along(replay, 1, event.shiftKey);
    case "ArrowDown": return onSlider && along(replay, -1, event.shiftKey);
    case "Home":
      replay.go(0);
      return true;
    case "End":
      replay.go(replay.film.length);
      return true;
    case " ":
      if (event.target.closest("button")) return false; // presses it
      replay.toggle();
      return true;
    default: return false;
  }
}

function along(replay, sign, far) {
  if (far) replay.go(replay.position + (sign * replay.film.length) / PART);
  else replay.step(sign);
  return true;
}
