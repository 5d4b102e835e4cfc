// Whether a figure's margins hold what stands in them.

const SLACK_PX = 1;

/** True when a number or a title of an axis of the drawn chart `gd` reaches over its edge. */
export function isCramped(gd) {
  const frame = gd.getBoundingClientRect();
  const texts = gd.querySelectorAll(".xtick text, .ytick text, .xtitle, .ytitle");
  return [...texts].some((text) => {
    const box = text.getBoundingClientRect();
    return box.width > 0 && (box.left < frame.left - SLACK_PX || box.right > frame.right + SLACK_PX
      || box.top < frame.top - SLACK_PX || box.bottom > frame.bottom + SLACK_PX);
  });
}
