// The header line: status, ages that tick, countdown to the next refresh, copy link.
//
// Streamlit calls the default export for each run of the page and each change of theme.

import { copied } from "../agentops-dashboard.parts/clipboard.js";
import { icon, setText } from "../agentops-dashboard.parts/dom.js";

const RETRY_MS = 8000; // a refresh that nobody answers is asked for again, later each time
const RETRY_LIMIT_MS = 60000;
const JITTER = 0.1; // of the wait: viewers that opened together must not refresh together
const SYMBOLS = { ok: "●", partial: "▲", down: "✕", loading: "○" };

const pulses = new WeakMap(); // parent element -> Pulse

export default function ({ data, parentElement, setTriggerValue }) {
  let pulse = pulses.get(parentElement);
  if (!pulse) pulses.set(parentElement, (pulse = new Pulse(parentElement)));
  pulse.update(data, setTriggerValue);
  return () => pulse.release();
}

class Pulse {
  constructor(parent) {
    this.parent = parent;
    this.count = 0; // refreshes asked for
    this.build();
    this.timer = setInterval(() => this.tick(), 1000);
    this.shown = () => document.hidden || this.tick();
    document.addEventListener("visibilitychange", this.shown);
  }

  update(data, setTriggerValue) {
    this.setTriggerValue = setTriggerValue;
    const news = data.now_ms !== this.data?.now_ms;
    this.data = data;
    // For screen readers and for the breaking of lines: Streamlit's document always says English.
    document.documentElement.lang = data.locale;
    if (news) {
      // Only fresh data tell the server's time; a change of theme brings the old ones again.
      this.ahead = data.now_ms - Date.now();
      const wait = data.next_at_ms === null ? 0 : Math.max(0, data.next_at_ms - data.now_ms);
      this.due = data.next_at_ms === null ? null : data.next_at_ms + wait * JITTER * Math.random();
      this.asked = null;
      this.retryMs = RETRY_MS;
    }
    this.show();
    this.tick();
  }

  /** Streamlit also ends a call that a newer one has overtaken; only leaving the page counts. */
  release() {
    if (!this.parent.isConnected) return this.destroy();
    setTimeout(() => this.parent.isConnected || this.destroy(), 1000);
  }

  destroy() {
    clearInterval(this.timer);
    clearTimeout(this.copyTimer);
    document.removeEventListener("visibilitychange", this.shown);
    this.line.remove();
    pulses.delete(this.parent);
  }

  // ---- time --------------------------------------------------------------------------------------

  /** The server's time now. */
  now() {
    return Date.now() + this.ahead;
  }

  tick() {
    if (!this.data || document.hidden) return;
    const now = this.now();
    if (this.due !== null && now >= this.due && !pageIsRunning()) {
      if (this.asked === null) this.refresh();
      else if (now - this.asked >= this.retryMs) {
        this.retryMs = Math.min(this.retryMs * 2, RETRY_LIMIT_MS);
        this.refresh();
      }
    }
    this.showAges(now);
  }

  refresh() {
    this.setTriggerValue("tick", ++this.count);
    this.asked = this.now(); // after asking: the next one is at least the whole wait later
    this.showAges(this.asked);
  }

  age(ms) {
    const { labels } = this.data;
    const s = Math.max(0, Math.round(ms / 1000));
    const say = (unit, n) => labels[`unit_${unit}`].replace("{n}", n.toLocaleString(this.data.locale));
    if (s < 60) return say("s", s);
    if (s < 3600) return say("min", Math.floor(s / 60));
    if (s < 48 * 3600) return say("h", Math.floor(s / 3600));
    return say("d", Math.floor(s / 86400));
  }

  // ---- what one sees -----------------------------------------------------------------------------

  build() {
    const add = (parent, tag, className) => {
      const element = parent.appendChild(document.createElement(tag));
      element.className = className;
      return element;
    };
    this.line = add(this.parent, "div", "ao-pulse");
    this.pill = add(this.line, "span", "ao-pulse-pill");
    this.symbol = add(this.pill, "span", "ao-pulse-symbol");
    this.symbol.setAttribute("aria-hidden", "true");
    this.word = add(this.pill, "span", "ao-pulse-word");
    this.word.setAttribute("role", "status"); // spoken when it changes; the ages are not
    this.updated = add(this.line, "span", "ao-pulse-text");
    this.newest = add(this.line, "span", "ao-pulse-text");
    this.range = add(this.line, "span", "ao-pulse-text ao-pulse-range");
    this.space = add(this.line, "span", "ao-pulse-space");
    this.next = add(this.line, "span", "ao-pulse-text ao-pulse-next");
    this.refreshButton = add(this.line, "button", "ao-pulse-button");
    this.refreshButton.append(icon("M13 8a5 5 0 1 1-1.6-3.7M13 2.5V5h-2.5"));
    this.refreshButton.addEventListener("click", () => this.refresh());
    this.copyButton = add(this.line, "button", "ao-pulse-button");
    this.copyButton.append(icon("M6.5 9.5l3-3M7 4.8l1.3-1.3a2.7 2.7 0 0 1 3.9 3.9L11 8.8M9 11.2l-1.3 1.3a2.7 2.7 0 0 1-3.9-3.9L5 7.2"));
    this.copyWord = add(this.copyButton, "span", "ao-pulse-copy");
    this.copyWord.setAttribute("aria-live", "polite");
    this.copyButton.addEventListener("click", () => this.copy());
    for (const button of [this.refreshButton, this.copyButton]) button.type = "button";
  }

  show() {
    // What the browser shows on hover; the word beside the symbol may be hidden.
    this.copyButton.title = this.data.labels.copy;
    const { status, status_text, status_detail, range_text, labels } = this.data;
    this.pill.dataset.status = status;
    setText(this.symbol, SYMBOLS[status] ?? "○");
    setText(this.word, status_text);
    this.pill.title = status_detail;
    this.word.setAttribute("aria-label", status_detail ? `${status_text}: ${status_detail}` : status_text);
    setText(this.range, range_text);
    this.range.hidden = !range_text;
    this.refreshButton.title = labels.refresh;
    this.refreshButton.setAttribute("aria-label", labels.refresh);
    if (!this.copyTimer) setText(this.copyWord, labels.copy);
  }

  showAges(now) {
    const { fetched_at_ms, newest_at_ms, labels } = this.data;
    const ago = (label, at) => label.replace("{age}", this.age(now - at));
    setText(this.updated, fetched_at_ms === null ? labels.never : ago(labels.updated, fetched_at_ms));
    setText(this.newest, newest_at_ms === null ? labels.no_trace : ago(labels.newest, newest_at_ms));
    this.updated.title = moment(fetched_at_ms, this.data.locale);
    this.newest.title = moment(newest_at_ms, this.data.locale);
    this.line.dataset.refreshing = this.asked !== null;
    if (this.asked !== null) setText(this.next, labels.refreshing);
    else if (this.due === null) setText(this.next, labels.manual);
    else setText(this.next, labels.next.replace("{age}", this.age(this.due - now)));
  }

  // ---- copy link ---------------------------------------------------------------------------------

  async copy() {
    const address = pageAddress();
    const { labels } = this.data;
    if (!(await copied(address))) return this.offer(address);
    setText(this.copyWord, labels.copied);
    clearTimeout(this.copyTimer);
    this.copyTimer = setTimeout(() => {
      this.copyTimer = null;
      setText(this.copyWord, this.data.labels.copy);
    }, 2000);
  }

  /** Neither way to the clipboard is open: show the link, selected, for the reader to copy. */
  offer(address) {
    window.prompt(this.data.labels.copy_by_hand, address);
  }
}

/** The address that the reader sees: of the top page where that is ours, else of this frame. */
function pageAddress() {
  try {
    return window.top.location.href;
  } catch {
    return window.location.href; // embedded in a page of another origin
  }
}

// ---- small things --------------------------------------------------------------------------------

/** Asking a page that runs would stop and restart it: one slower than its interval would never end. */
function pageIsRunning() {
  return document.querySelector('[data-test-script-state="running"]') !== null;
}

function moment(ms, locale) {
  if (ms === null) return "";
  return new Date(ms).toLocaleString(locale, { dateStyle: "medium", timeStyle: "long" });
}
