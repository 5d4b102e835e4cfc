// Numbers as the rest of the dashboard writes them (dashboard/text/formats.py), unknown as an en dash.

const UNKNOWN = "–";

/** Formats for one language; `labels` has the units. */
export function formatsFor(locale, labels) {
  const number = (options) => {
    const format = new Intl.NumberFormat(locale, { roundingMode: "halfEven", ...options });
    // As text: what is rounded are the digits that are written (1.15), not those of the binary number below.
    return (value) => format.format(String(value));
  };
  const whole = number({ maximumFractionDigits: 0 });
  const tenth = number({ maximumFractionDigits: 1, useGrouping: false });
  const tenths = number({ minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const cents = number({ minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const short = number({ notation: "compact", maximumFractionDigits: 1 });
  // These are the same in every language, only the space before them is not.
  const thousandths = { us: "µs", ms: "ms" };
  const space = locale.startsWith("ko") ? "" : "\u00a0";
  const unit = (text, name) => `${text}${labels[`unit_${name}`] ?? space + thousandths[name]}`;

  function duration(seconds) {
    if (seconds === null) return UNKNOWN;
    if (seconds > 0 && seconds < 0.0009995) return unit(whole(seconds * 1e6), "us");
    if (seconds < 0.9995) return unit(whole(seconds * 1000), "ms");
    if (seconds < 59.95) return unit(tenth(seconds), "s");
    const all = halfEven(seconds);
    if (all < 3600) return two(all, "min", 60, "s", 1);
    if (all < 86400) return two(all, "h", 3600, "min", 60);
    return two(all, "d", 86400, "h", 3600);
  }

  function two(all, big, size, small, part) {
    const rest = Math.floor((all % size) / part);
    const first = unit(whole(Math.floor(all / size)), big);
    return rest ? `${first} ${unit(String(rest), small)}` : first;
  }

  function usd(value) {
    if (value === null) return UNKNOWN;
    if (value === 0 || value >= 0.9995) return `$${cents(value)}`;
    const digits = Math.min(2 - Number(value.toExponential().split("e")[1]), 100);
    const three = { minimumFractionDigits: digits, maximumFractionDigits: digits, roundingMode: "halfExpand" };
    return `$${number(three)(value)}`;
  }

  const compact = (value) => (value === null ? UNKNOWN : (value < 10000 ? whole : short)(value));
  const count = (value) => whole(value);
  const percent = (share) => `${tenths(100 * share)} %`;
  return { duration, usd, compact, count, percent };
}

/** Rounded to a whole number, halves to the even one, as Python does. */
function halfEven(value) {
  const below = Math.floor(value);
  const over = value - below;
  return below + (over > 0.5 || (over === 0.5 && below % 2 === 1) ? 1 : 0);
}

/** The label with `values` in its placeholders. */
export function fill(label, values) {
  return label.replace(/\{(\w+)(!p)?\}/g, (whole, name, plural) =>
    plural ? (String(values[name]) === "1" ? "" : "s") : (values[name] ?? whole));
}

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** A name from elsewhere on one line: no control characters, no marks that turn the text around them, and
 * letters that would turn it stand in an isolate of their own (as in dashboard/text/direction.py). */
export function oneLine(text) {
  const line = text
    .replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "")
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]+/g, " ");
  return RIGHT_TO_LEFT.test(line) ? `\u2068${line}\u2069` : line;
}
