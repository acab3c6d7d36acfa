// Time: the switch's clock is the one that counts, and one ticking for the whole page.

const html = document.documentElement;
/** The office's zone; the browser's where the switch does not know it. */
export const zone = html.dataset.zone || Intl.DateTimeFormat().resolvedOptions().timeZone;
/** As the page's language is written where the browser is: en alone would be American. */
const lang = navigator.languages.find((one) => one.split("-")[0] === html.lang) ?? html.lang;
let offset = 0;

/** The switch's clock is told with each frame. */
export function tell(at) {
  const told = Date.parse(at);
  if (!Number.isNaN(told)) offset = told - Date.now();
}

export const now = () => Date.now() + offset;

/** How long since then, in ms. */
export const since = (time) => Math.max(0, now() - Date.parse(time));

/** 1:05, 12:00, 1:02:03. */
export function length(ms) {
  const all = Math.floor(ms / 1000);
  const [hours, minutes, seconds] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
  const two = (n) => String(n).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}

const clock = (options) => {
  try {
    return new Intl.DateTimeFormat(lang, { timeStyle: "short", timeZone: zone, ...options });
  } catch {
    return new Intl.DateTimeFormat(lang, { timeStyle: "short", ...options });
  }
};
const short = clock({});
const long = clock({ timeStyle: "medium" });
const dated = clock({ dateStyle: "medium" });

export const hour = (time) => short.format(new Date(time));
export const day = (time) => dated.format(new Date(time));
export const exact = (time) => long.format(new Date(time));

/** Calls it each second. */
export function each_second(paint) {
  setInterval(paint, 1000);
  paint();
}
