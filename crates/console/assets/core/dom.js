// Elements, without markup: text is text, whatever is in it.

const SVG = "http://www.w3.org/2000/svg";
const icons = new URL("../style/icons.svg", import.meta.url).pathname;

/** An element with properties and children. */
export function el(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key === "data") Object.assign(made.dataset, value);
    else if (key === "class") made.className = value;
    else made[key] = value;
  }
  made.append(...children);
  return made;
}

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${icons}#${name}`);
  svg.append(use);
  return svg;
}

/** Writes only what is new: the page is not laid out anew for what is as it was. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Rows by key: kept, made, moved and removed as the list says.
 * @param make - a row for a new item @param paint - what an item says
 */
export function rows(list, items, key, make, paint) {
  const old = new Map([...list.children].map((row) => [row.dataset.key, row]));
  let place = list.firstElementChild;
  for (const item of items) {
    const name = key(item);
    let row = old.get(name);
    old.delete(name);
    if (!row) {
      row = make(item);
      row.dataset.key = name;
    }
    if (row === place) place = place.nextElementSibling;
    else list.insertBefore(row, place);
    paint(row, item);
  }
  for (const row of old.values()) row.remove();
}
