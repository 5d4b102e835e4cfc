// Plays one trace: what ran at each moment, what had just happened, and what was spent by then.
//
// Called again at every run of the page; the state lives as long as the element does, and position and
// speed as long as the trace is the same.  What is shared with the waterfall comes from its folder, which
// is served under the name that components/assets.py registers.

import { fill, formatsFor } from "../agentops-dashboard.waterfall/formats.js";
import { setText } from "../agentops-dashboard.parts/dom.js";
import { drawFigures, sentence } from "./figures.js";
import { Film } from "./film.js";
import { buildFrame, setIcon, SPEEDS } from "./frame.js";
import { handleKey } from "./keyboard.js";
import { advance, happenedRow, Rows, runningRow } from "./lists.js";
import { drawTrack, waitTitle } from "./track.js";

const NARROW_PX = 620; // of the whole
const SAID_MS = 1000; // while it plays, a screen reader is told no more often
const LONG_FRAME_MS = 500; // a page that hung does not jump ahead

const replays = new WeakMap(); // parent element -> Replay

export default function ({ data, parentElement, setTriggerValue }) {
  let replay = replays.get(parentElement);
  if (!replay) replays.set(parentElement, (replay = new Replay(parentElement)));
  replay.update(data, setTriggerValue);
  return () => replay.release();
}

class Replay {
  constructor(parent) {
    this.parent = parent;
    this.position = 0; // in the film
    this.clock = 0; // where playing is; ahead of the position where motion is reduced
    this.speed = 1;
    this.playing = false;
    this.selected = null; // id
    this.reports = 0; // of choices, to Python
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    Object.assign(this, buildFrame(parent));
    this.running = new Rows(this.list.running, (span) => runningRow(this, span));
    this.happened = new Rows(this.list.happened, (number) => happenedRow(this, number));
    this.tick = (now) => this.play(now);
    this.listen();
  }

  // ---- life --------------------------------------------------------------------------------------

  update(data, setTriggerValue) {
    this.setTriggerValue = setTriggerValue;
    const before = this.data;
    this.data = data;
    const wording = JSON.stringify([data.locale, data.labels]);
    const reworded = wording !== this.wording;
    this.wording = wording;
    if (reworded) {
      this.labels = data.labels;
      this.formats = formatsFor(data.locale, data.labels);
    }
    if (before?.trace !== data.trace) {
      this.pause();
      this.position = this.clock = 0;
    }
    if (before?.film !== data.film) this.setFilm(data.film, before?.trace === data.trace);
    this.describe();
    this.adopt(data, before);
    if (reworded || before?.film !== data.film) this.redraw();
    else this.mark();
  }

  /** A trace that goes on gets longer: the reader stays at the same second of it. */
  setFilm(json, keeps) {
    const real = keeps ? this.film.real(this.position) : 0;
    this.film = new Film(JSON.parse(json));
    this.position = this.clock = Math.min(this.film.length, this.film.shown(real));
  }

  /** Take over the page's selection, unless the reader has chosen again since the page answered. */
  adopt(data, before) {
    const late = data.seen !== null && data.seen < this.reports;
    this.reports = Math.max(this.reports, data.seen ?? 0);
    if (!late && (!before || data.selected !== before.selected)) this.selected = data.selected;
  }

  /** Streamlit also ends a call that a newer one has overtaken; only leaving the page counts. */
  release() {
    if (!this.parent.isConnected) return this.destroy();
    setTimeout(() => this.parent.isConnected || this.destroy(), 1000);
  }

  destroy() {
    this.pause();
    this.gone.abort();
    this.size.disconnect();
    this.frame.remove();
    replays.delete(this.parent);
  }

  listen() {
    this.gone = new AbortController();
    this.size = new ResizeObserver(() => this.redraw());
    this.size.observe(this.frame);
    const { buttons, slider, track } = this;
    buttons.first.addEventListener("click", () => this.go(0));
    buttons.previous.addEventListener("click", () => this.step(-1));
    buttons.play.addEventListener("click", () => this.toggle());
    buttons.next.addEventListener("click", () => this.step(1));
    buttons.last.addEventListener("click", () => this.go(this.film.length));
    this.speedButtons.forEach((button, i) => button.addEventListener("click", () => this.setSpeed(SPEEDS[i])));
    slider.addEventListener("input", () => this.go(slider.valueAsNumber, true));
    track.addEventListener("pointerdown", (event) => {
      track.setPointerCapture(event.pointerId);
      this.point(event);
    });
    track.addEventListener("pointermove", (event) => event.buttons && this.point(event));
    this.frame.addEventListener("keydown", (event) => {
      if (handleKey(this, event)) event.preventDefault();
    });
    this.frame.addEventListener("click", (event) => {
      const row = event.target.closest(".ao-replay-row");
      if (row) this.choose(this.film.id[row.dataset.span]);
    });
    // requestAnimationFrame rests in a hidden tab, and the time it rested does not count.
    const visible = () => (this.last = null);
    document.addEventListener("visibilitychange", visible, { signal: this.gone.signal });
  }

  // ---- what the reader does ----------------------------------------------------------------------

  choose(id) {
    if (id === this.selected) return;
    this.selected = id;
    this.setTriggerValue("selected", { id, n: ++this.reports });
    this.mark();
  }

  toggle() {
    if (this.playing) return this.pause();
    if (this.position >= this.film.length) this.go(0);
    this.playing = true;
    this.last = null;
    this.clock = this.position;
    this.asked = requestAnimationFrame(this.tick);
    this.showPlaying();
  }

  pause() {
    if (!this.playing) return;
    this.playing = false;
    cancelAnimationFrame(this.asked);
    this.showPlaying();
    this.say();
  }

  setSpeed(speed) {
    this.speed = speed;
    this.showSpeed();
  }

  /** To a place of the film; playing goes on from there. */
  go(position, bySlider = false) {
    this.position = this.clock = Math.max(0, Math.min(this.film.length, position));
    this.draw({ bySlider });
    this.say();
  }

  /** So many events on, or back; who steps wants to look. */
  step(by) {
    this.pause();
    this.go(this.film.event(this.position, by));
  }

  point(event) {
    const { left, width } = this.strip.getBoundingClientRect();
    if (width) this.go(((event.clientX - left) / width) * this.film.length);
  }

  // ---- playing -----------------------------------------------------------------------------------

  play(now) {
    if (!this.playing) return;
    const past_ms = document.hidden || this.last === null ? 0 : Math.min(now - this.last, LONG_FRAME_MS);
    this.last = now;
    this.clock = Math.min(this.film.length, this.clock + (past_ms / 1000) * this.speed * this.film.pace);
    this.position = this.still.matches ? this.film.latest(this.clock) : this.clock;
    this.draw();
    if (this.clock >= this.film.length) return this.pause();
    if (now - (this.saidAt ?? 0) > SAID_MS) this.say(now);
    this.asked = requestAnimationFrame(this.tick);
  }

  // ---- drawing -----------------------------------------------------------------------------------

  /** All that is not the moment: names, the reader's words. */
  describe() {
    const { labels, film, formats, buttons } = this;
    this.frame.style.height = `${this.data.height}px`;
    this.frame.setAttribute("aria-label", this.data.description);
    for (const name of ["first", "previous", "next", "last"]) {
      buttons[name].title = labels[name];
      buttons[name].setAttribute("aria-label", labels[name]);
    }
    this.speeds.setAttribute("aria-label", labels.speed);
    this.speedButtons.forEach((button, i) => setText(button, fill(labels.times, { n: String(SPEEDS[i]) })));
    const pace = film.pace === 1 ? labels.pace_real : film.pace > 1 ? labels.pace_fast : labels.pace_slow;
    const said = [fill(pace, { n: formats.count(film.pace > 1 ? film.pace : 1 / film.pace) })];
    if (film.gaps.length) {
      const values = { n: formats.count(film.gaps.length), bound: formats.duration(film.bound_s) };
      said.push(fill(labels.shortened, values));
    }
    setText(this.pace, said.join(" · "));
    this.pace.title = said.join(" · ");
    this.slider.setAttribute("aria-label", labels.position);
    setText(this.keys, labels.keys);
    for (const [name, { what }] of Object.entries(this.figure)) setText(what, labels[name]);
    for (const [name, { title }] of Object.entries(this.list)) setText(title, labels[name]);
    this.showPlaying();
    this.showSpeed();
  }

  showPlaying() {
    const name = this.playing ? "pause" : "play";
    setIcon(this.buttons.play, name);
    setText(this.buttons.play.lastChild, this.labels?.[name] ?? "");
  }

  showSpeed() {
    this.speedButtons.forEach((button, i) => button.setAttribute("aria-pressed", SPEEDS[i] === this.speed));
  }

  /** Draw everything anew: data, size or wording have changed. */
  redraw() {
    this.frame.toggleAttribute("data-narrow", this.frame.clientWidth < NARROW_PX);
    this.px = this.strip.clientWidth;
    if (!this.px || !this.film) return; // hidden; the observer says when it is seen
    this.slider.max = this.film.length || 1;
    drawTrack(this);
    this.running.clear();
    this.happened.clear();
    this.draw({ anew: true });
    this.say();
  }

  /** The moment. */
  draw({ anew = false, bySlider = false } = {}) {
    const { film, position, running } = this;
    const changed = film.seek(position) || anew;
    if (!bySlider) this.slider.value = position;
    this.needle.style.left = `${film.length ? (100 * position) / film.length : 0}%`;
    if (changed) this.drawLists();
    drawFigures(this, position);
    const real = film.real(position);
    for (const row of running.drawn.values()) advance(this, row, real);
    const gap = film.gap(position);
    setText(running.note, gap ? waitTitle(this, gap) : this.more);
    running.note.toggleAttribute("data-wait", gap !== null);
  }

  /** What runs, and what has happened last: as much of either as finds room. */
  drawLists() {
    const { film, labels, running, happened } = this;
    const spans = film.inmost();
    const shown = spans.slice(0, running.room);
    const rest = spans.length - shown.length;
    this.more = rest ? fill(labels.more, { n: this.formats.count(rest) }) : "";
    running.show(shown, film.done < film.steps.length ? labels.no_run : labels.over);
    const last = Array.from({ length: Math.min(happened.room, film.done) }, (_, i) => film.done - 1 - i);
    happened.show(last, labels.not_yet);
    this.mark();
  }

  /** Which rows stand for the selected span. */
  mark() {
    for (const row of [...this.running.drawn.values(), ...this.happened.drawn.values()]) {
      row.setAttribute("aria-pressed", this.film.id[row.dataset.span] === this.selected);
    }
  }

  /** Tell the moment to a screen reader, which reads it when it likes to. */
  say(now = performance.now()) {
    this.saidAt = now;
    this.film.seek(this.position);
    this.slider.setAttribute("aria-valuetext", sentence(this, this.position));
  }
}
