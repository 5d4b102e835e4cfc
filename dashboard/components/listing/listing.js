// The list of traces: rows that open at a click, headings that sort, ids that can be copied.
//
// All texts are written with textContent. Links keep their address, so that a new tab and a copied address
// work as everywhere; a plain click asks Python to switch pages, which keeps the session.

import { copied } from "../agentops-dashboard.parts/clipboard.js";
import { icon, make } from "../agentops-dashboard.parts/dom.js";

const COPY = "M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z";
const DONE = "M3 8.5l3.5 3.5L13 4.5";
const FAILED = "M4 4l8 8M12 4l-8 8";

const lists = new WeakMap(); // parent element -> Listing

export default function ({ data, parentElement, setTriggerValue }) {
  let list = lists.get(parentElement);
  if (!list) lists.set(parentElement, (list = new Listing(parentElement)));
  list.update(data, setTriggerValue);
}

class Listing {
  constructor(parent) {
    this.box = make("div", "ao-list", { role: "region", tabindex: "-1" });
    this.table = make("table", "");
    this.head = this.table.createTHead().insertRow();
    this.body = this.table.createTBody();
    this.voice = make("div", "ao-list-unseen", { "aria-live": "polite" });
    this.box.append(this.table, this.voice);
    parent.append(this.box);
    this.body.addEventListener("click", (event) => this.clicked(event));
    this.body.addEventListener("keydown", (event) => this.keyed(event));
    this.head.addEventListener("click", (event) => this.sorted(event));
  }

  update(data, setTriggerValue) {
    this.setTriggerValue = setTriggerValue;
    if (data.drawn === this.drawn) return; // the very same list again: focus and selection stay
    this.drawn = data.drawn;
    this.data = JSON.parse(data.drawn);
    this.box.setAttribute("aria-label", this.data.label);
    this.table.setAttribute("aria-label", this.data.label);
    this.drawHead();
    this.drawBody();
  }

  // ---- drawing -----------------------------------------------------------------------------------

  drawHead() {
    const focused = this.head.contains(document.activeElement) ? document.activeElement.dataset.sort : null;
    const { columns, sort, descending, labels } = this.data;
    this.head.replaceChildren(...columns.map((column) => {
      const cell = make("th", column.kind, { scope: "col" });
      const here = column.sort === sort;
      cell.setAttribute("aria-sort", here ? (descending ? "descending" : "ascending") : "none");
      const button = make("button", "ao-list-sort", { type: "button" }, column.title);
      button.dataset.sort = column.sort;
      button.title = labels.sort.replace("{column}", column.title);
      button.append(make("span", "ao-list-arrow", { "aria-hidden": "true" }, here ? (descending ? "↓" : "↑") : ""));
      cell.append(button);
      return cell;
    }));
    if (focused) this.head.querySelector(`[data-sort="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }

  drawBody() {
    const active = document.activeElement;
    const focused = this.body.contains(active) ? [active.closest("tr").dataset.id, active.className] : null;
    const { rows, columns, empty } = this.data;
    if (!rows.length) {
      const none = make("td", "ao-list-none", { colspan: columns.length }, empty);
      const row = make("tr", "");
      row.append(none);
      this.body.replaceChildren(row);
      return;
    }
    this.body.replaceChildren(...rows.map((row) => this.row(row)));
    if (!focused) return;
    const row = [...this.body.rows].find((each) => each.dataset.id === focused[0]);
    row?.getElementsByClassName(focused[1])[0]?.focus({ preventScroll: true });
  }

  row([id, href, cells]) {
    const { columns, labels } = this.data;
    const row = make("tr", "");
    row.dataset.id = id;
    row.append(...columns.map((column, i) => {
      const field = make(column.key === "name" ? "th" : "td", column.kind);
      if (column.key === "name") field.scope = "row";
      const { text, note, exact, share, mood, sign } = cells[i];
      const inside = column.key === "name" ? make("a", "ao-list-open", { href }) : make("span", "ao-list-text");
      if (sign) inside.append(make("span", `ao-list-sign ${mood}`, { "aria-hidden": "true" }, sign));
      inside.append(make("bdi", "", {}, text));
      if (exact || text.length > 14) inside.title = exact || text;
      field.append(inside);
      if (column.key === "trace") {
        const title = labels.copy.replace("{id}", id);
        field.append(make("button", "ao-list-copy", { type: "button", title, "aria-label": title }));
        field.lastChild.append(icon(COPY));
      }
      if (note) field.append(make("small", "", {}, note));
      if (share !== null) field.style.setProperty("--ao-share", share);
      return field;
    }));
    return row;
  }

  // ---- what the reader does ----------------------------------------------------------------------

  async clicked(event) {
    const row = event.target.closest("tr[data-id]");
    if (!row) return;
    const copy = event.target.closest(".ao-list-copy");
    if (copy) return this.copy(copy, row.dataset.id);
    const link = event.target.closest("a");
    const aside = event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
    if (aside || event.defaultPrevented || (!link && String(getSelection()))) return;
    event.preventDefault();
    this.setTriggerValue("open", row.dataset.id);
  }

  keyed(event) {
    const row = event.target.closest("tr[data-id]");
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
    const rows = [...this.body.rows];
    const at = rows.indexOf(row);
    const wanted = {
      ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1,
    }[event.key];
    if (wanted === undefined || !rows[wanted]) return;
    event.preventDefault();
    rows[wanted].querySelector(".ao-list-open").focus();
  }

  sorted(event) {
    const button = event.target.closest(".ao-list-sort");
    if (button) this.setTriggerValue("sort", button.dataset.sort);
  }

  async copy(button, id) {
    const done = await copied(id);
    const { labels } = this.data;
    this.voice.textContent = done ? labels.copied : labels.copy_by_hand.replace("{id}", id);
    button.replaceChildren(icon(done ? DONE : FAILED));
    button.title = this.voice.textContent;
    if (!done) getSelection().selectAllChildren(button.previousSibling);
    setTimeout(() => {
      button.replaceChildren(icon(COPY));
      button.title = labels.copy.replace("{id}", id);
    }, 1600);
  }
}
