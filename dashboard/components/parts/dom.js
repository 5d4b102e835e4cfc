// Elements, for all components.

export function make(tag, className, attributes = {}, text = "") {
  const element = document.createElement(tag);
  element.className = className;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text) element.textContent = text;
  return element;
}

/** Only a changed text is written: nothing to lay out, nothing for a screen reader. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** A drawing of 16 by 16 units for a button; the button's name says what it is. */
export function icon(path) {
  const NS = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(NS, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  svg.appendChild(document.createElementNS(NS, "path")).setAttribute("d", path);
  return svg;
}
