// Above the slider: which kind ran innermost when, the shortened waits, and where spans failed.

import { fill } from "../agentops-dashboard.waterfall/formats.js";
import { make } from "../agentops-dashboard.parts/dom.js";

const MARK_PX = 12; // failures nearer to each other share a mark
const SIGN_PX = 16; // what the sign of a wait needs, ...
const DIGIT_PX = 6.5; // ... and each letter of its length

/** Draw it for `view`: its film, labels, formats, px (its width) and its elements. */
export function drawTrack({ film, labels, formats, px, marks, strip, waits }) {
  const share = (at) => (film.length ? (100 * at) / film.length : 0);
  const place = (element, start, end) => {
    element.style.left = `${share(start)}%`;
    element.style.width = `${Math.max(0, share(end) - share(start))}%`;
    return element;
  };
  strip.replaceChildren(
    ...film.strip.map(([start, end, kind]) => {
      const piece = place(make("span", "ao-replay-piece"), start, end);
      piece.dataset.kind = kind;
      return piece;
    }),
  );
  waits.replaceChildren(
    ...film.gaps.map((gap) => {
      const band = place(make("span", "ao-replay-wait"), gap[2], gap[2] + film.bound_s);
      band.title = waitTitle({ film, labels, formats }, gap);
      const wide = (px * film.bound_s) / (film.length || 1);
      const text = formats.duration(gap[1] - gap[0]);
      if (wide >= SIGN_PX + 8 + DIGIT_PX * text.length) band.append(make("span", "", {}, text));
      else if (wide >= SIGN_PX) band.append(make("span", ""));
      return band;
    }),
  );
  marks.replaceChildren(
    ...failures(film, px).map(({ at, real, count }) => {
      const mark = make("span", "ao-replay-failure", {}, "✕");
      mark.style.left = `${share(at)}%`;
      mark.title = fill(labels.failed_at, { n: formats.count(count), at: formats.duration(real) });
      return mark;
    }),
  );
}

/** How long the wait really was and how it is shown. */
export function waitTitle({ film, labels, formats }, [start, end, , idle]) {
  return fill(idle ? labels.idle_title : labels.wait_title, {
    duration: formats.duration(end - start),
    bound: formats.duration(film.bound_s),
  });
}

function failures(film, px) {
  const near = (MARK_PX * film.length) / Math.max(1, px);
  const found = [];
  film.steps.forEach((step, number) => {
    if (step >= 0 || !film.failed[-1 - step]) return;
    const last = found.at(-1);
    if (last && film.stepAt[number] - last.at < near) last.count++;
    else found.push({ at: film.stepAt[number], real: film.stepReal[number], count: 1 });
  });
  return found;
}
