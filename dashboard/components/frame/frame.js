// Inside a frame of another page: tells that page how tall we are.
//
// Nothing is taken from the parent: only its address is used, to send to nobody else.  It all stands as long
// as the document does, whichever page of ours it shows.

const TYPE = "agentops-dashboard:height";
const AGAIN_MS = [500, 2000, 8000]; // a parent that began to listen late is told again, then left alone

const LINE = ".st-key-ao-frame-bar";

const words = new ResizeObserver(reveal); // of the line and its links, whose words come after them
let marking = null;
let reporter = null;

export default function ({ data }) {
  markCurrent(data.current);
  if (window.parent === window) return;
  reporter ??= new Reporter();
  reporter.watch(data.origins);
}

class Reporter {
  constructor() {
    this.height = 0; // as told last, CSS px
    this.waits = []; // timers of the reminders
    this.size = new ResizeObserver(() => this.soon());
    addEventListener("resize", () => this.followed());
  }

  /** The content's element may be another one after a change of pages. */
  watch(origins) {
    this.origins = origins;
    const content = document.querySelector('[data-testid="stMainBlockContainer"]');
    if (content === this.content) return;
    this.size.disconnect();
    this.content = content;
    if (content) this.size.observe(content);
  }

  /** Once a frame of the screen, however many changes there were. */
  soon() {
    this.due ??= requestAnimationFrame(() => {
      this.due = null;
      const height = this.content?.isConnected ? contentHeight(this.content) : 0;
      if (height && height !== this.height) this.tell(height);
    });
  }

  tell(height) {
    this.height = height;
    this.post();
    this.waits.forEach(clearTimeout);
    this.waits = AGAIN_MS.map((ms) => setTimeout(() => innerHeight === this.height || this.post(), ms));
  }

  /** A parent that does as told needs no scroll bar in here, whose width would change the height again. */
  followed() {
    if (innerHeight === this.height) document.documentElement.classList.add("ao-frame-followed");
  }

  post() {
    for (const origin of parents(this.origins)) {
      window.parent.postMessage({ type: TYPE, height: this.height }, origin);
    }
  }
}

/** Says which of the line's links is this page; they may come to the screen after us. */
function markCurrent(current, tries = 50) {
  const links = [...document.querySelectorAll(`${LINE} a`)];
  clearTimeout(marking);
  if (current !== null && current >= links.length && tries) {
    marking = setTimeout(() => markCurrent(current, tries - 1), 100);
  }
  words.disconnect();
  if (links.length) words.observe(links[0].closest(LINE));
  links.forEach((link, i) => {
    if (i === current) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
    words.observe(link);
  });
}

/** Scrolls the line, not the page, to that link. */
function reveal() {
  const link = document.querySelector(`${LINE} [aria-current]`);
  const line = link?.closest(LINE);
  if (!line) return;
  const beyond = link.getBoundingClientRect().right - line.getBoundingClientRect().right;
  line.scrollLeft += Math.max(0, beyond + line.clientWidth / 4);
}

/** What the page needs so that nothing scrolls inside, whole CSS px. */
function contentHeight(content) {
  const scrolls = content.closest('[data-testid="stMain"]');
  const above = content.getBoundingClientRect().top - scrolls.getBoundingClientRect().top + scrolls.scrollTop;
  return Math.ceil(above + content.getBoundingClientRect().height);
}

/** Where the parent may be: the browser knows, or else (Firefox) one of those that may embed us. */
function parents(origins) {
  const [parent] = location.ancestorOrigins ?? [];
  if (parent === undefined) return origins.map((origin) => (origin === "self" ? location.origin : origin));
  return parent === "null" ? [] : [parent]; // a parent without an origin cannot be addressed
}
