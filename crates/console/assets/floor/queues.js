// Queues, the worst first. They change places only while nobody points at them.

import { length, since } from "../core/clock.js";
import { el, icon, rows, say } from "../core/dom.js";
import { number, share, t } from "../core/words.js";

const { leads } = document.getElementById("floor").dataset;
const list = document.getElementById("queues");
const STATES = ["ready", "ringing", "talking", "wrap_up", "paused", "unreachable", "other_call"];

/** How bad: the longest wait in thresholds, then how many wait, then what of the target is missed. */
function badness(queue) {
  const waits = queue.longest_since ? since(queue.longest_since) / Math.max(1, queue.within_ms) : 0;
  const missed = Math.max(0, queue.target - (queue.today.service_level ?? 1));
  return [waits, queue.waiting, missed];
}

function worse([one, other]) {
  const [a, b] = [badness(one), badness(other)];
  const differ = a.findIndex((value, nth) => value !== b[nth]);
  return differ < 0 ? 0 : b[differ] - a[differ];
}

/** Waits are judged by the queue's own threshold: past it somebody should look, past twice of it somebody must. */
function level(queue) {
  const waited = queue.longest_since ? since(queue.longest_since) : 0;
  if (waited >= 2 * queue.within_ms && waited > 0) return "critical";
  return waited >= queue.within_ms && waited > 0 ? "warning" : "ok";
}

function make() {
  const bar = el("div", { class: "bar" }, ...STATES.map((state) => el("i", { data: { state } })));
  bar.setAttribute("aria-hidden", "true");
  const pair = (figure) => el("p", {}, el("b", figure), el("span"));
  const waiting = el("div", { class: "waits" }, pair({}), pair({ data: { since: "" } }));
  const door = el("button", { type: "button", class: "door-of", data: { door: "" } });
  door.hidden = !leads;
  const lines = ["level", "counts", "staff"].map((name) => el("p", { class: name }));
  return el("li", {}, el("h3", {}, el("span"), el("em")), el("p", { class: "fault" }), waiting, bar, ...lines, door);
}

function paint(row, queue) {
  const [name, closed] = row.querySelector("h3").children;
  say(name, queue.name);
  say(closed, queue.closed ? t("floor.closed") : "");
  fault(row, level(queue));
  const door = row.querySelector("[data-door]");
  Object.assign(door.dataset, { door: queue.name, closed: queue.closed });
  say(door, t(queue.closed ? "lead.open" : "lead.shut"));
  door.setAttribute("aria-label", `${door.textContent}: ${queue.name}`);
  const [count, word, longest, what] = row.querySelectorAll(".waits :is(b, span)");
  say(count, number(queue.waiting));
  say(word, t("floor.waiting"));
  longest.dataset.since = queue.longest_since ?? "";
  say(longest, queue.longest_since ? length(since(queue.longest_since)) : "–");
  say(what, t("floor.longest"));
  for (const part of row.querySelector(".bar").children) part.hidden = !queue.agents[part.dataset.state];
  for (const part of row.querySelector(".bar").children) part.style.flexGrow = queue.agents[part.dataset.state];
  const { today, agents, target } = queue;
  const reached = today.service_level;
  const holes = { share: reached === null ? "" : share(reached), target: share(target) };
  say(row.querySelector(".level"), reached === null ? t("floor.level_none", holes) : t("floor.level", holes));
  const counts = { answered: number(today.answered), abandoned: number(today.abandoned) };
  say(row.querySelector(".counts"), t("floor.counts", counts));
  const away = agents.paused + agents.unreachable + agents.other_call;
  const staff = { ready: number(agents.ready), talking: number(agents.talking), away: number(away) };
  say(row.querySelector(".staff"), t("floor.staff", staff));
}

function fault(row, now) {
  if (row.dataset.level === now) return;
  row.dataset.level = now;
  const line = row.querySelector(".fault");
  line.replaceChildren();
  if (now !== "ok") line.append(icon(now), el("span", { textContent: t(`level.${now}`) }));
}

export function paint_queues(store) {
  const queues = [...store.queues.values()].sort((one, other) => worse([one, other]));
  if (list.matches(":hover, :focus-within")) {
    const place = new Map([...list.children].map((row, nth) => [row.dataset.key, nth]));
    queues.sort((one, other) => (place.get(one.name) ?? 1e9) - (place.get(other.name) ?? 1e9));
  }
  rows(list, queues, (queue) => queue.name, make, paint);
}
