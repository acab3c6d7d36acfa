// Words by key, in the page's language; numbers as that language writes them.

const lang = document.documentElement.lang;
const words = await (await fetch(new URL(`../words/${lang}.json`, import.meta.url))).json();

/** A text; what stands in braces is filled in. */
export function t(key, holes = {}) {
  const text = words[key] ?? "";
  return text.replace(/\{(\w+)\}/g, (hole, name) => holes[name] ?? hole);
}

const count = new Intl.NumberFormat(lang);
const percent = new Intl.NumberFormat(lang, { style: "percent", maximumFractionDigits: 0 });

export const number = (n) => count.format(n);
/** A share, never rounded up to a goal that was missed. */
export const share = (n) => percent.format(Math.floor(n * 100 + 1e-9) / 100);
