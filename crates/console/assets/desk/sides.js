// What stands around the call: the agent's own queues and figures, and his colleagues.

import { length, since } from "../core/clock.js";
import { el, icon, rows, say } from "../core/dom.js";
import { number, t } from "../core/words.js";
import { act } from "./act.js";

const queues = document.getElementById("queues");
const colleagues = document.getElementById("colleagues");
const own = document.getElementById("own");
const order = new Intl.Collator(document.documentElement.lang, { numeric: true });
const name = document.getElementById("desk").dataset.agent;

/** What an agent is, with its sign and its word. */
export function state_of(place, agent) {
  const paused = agent.state === "paused" && agent.reason ? `${t("state.paused")}: ${agent.reason}` : t(`state.${agent.state}`);
  if (place.dataset.state === agent.state && place.dataset.word === paused) return;
  Object.assign(place.dataset, { state: agent.state, word: paused });
  place.replaceChildren(icon(agent.state), el("span", { textContent: paused }));
}

function make_queue(queue) {
  const take = el("button", { type: "button", textContent: t("desk.take") });
  take.addEventListener("click", () => act(take, "POST", `agents/${encodeURIComponent(name)}/pick`, { queue: take.dataset.queue }));
  take.dataset.queue = queue.name;
  take.setAttribute("aria-label", `${t("desk.take")}: ${queue.name}`);
  return el("li", {}, el("span", { class: "name" }), el("span", { class: "number" }), el("span", { class: "number", data: { since: "" } }), take);
}

function paint_queue(row, queue) {
  const [name, waiting, longest, take] = row.children;
  say(name, queue.name);
  say(waiting, `${number(queue.waiting)} ${t("floor.waiting")}`);
  longest.dataset.since = queue.longest_since ?? "";
  say(longest, queue.longest_since ? length(since(queue.longest_since)) : "–");
  take.disabled = queue.waiting === 0;
}

function paint_colleague(row, agent) {
  const [name, state] = row.children;
  say(name, agent.name);
  state_of(state, agent);
}

export function paint_sides(store, me) {
  const served = new Set(me?.queues ?? []);
  const mine = [...store.queues.values()].filter((queue) => served.has(queue.name));
  rows(queues, mine, (queue) => queue.name, make_queue, paint_queue);
  const others = [...store.agents.values()].filter((agent) => agent.name !== name && agent.queues.some((queue) => served.has(queue)));
  others.sort((one, other) => order.compare(one.name, other.name));
  const row = () => el("li", {}, el("span", { class: "name" }), el("span", { class: "is" }));
  rows(colleagues, others, (agent) => agent.name, row, paint_colleague);
}

/** The figures of today, as the report has them. */
export async function paint_own() {
  const answer = await fetch(`/api/v1/agents/${encodeURIComponent(name)}/statistics`).catch(() => null);
  if (!answer?.ok) return;
  const told = await answer.json();
  const figures = {
    handled: number(told.handled),
    talk: length(told.talk_ms),
    wrap: length(told.wrap_up_ms),
    average: told.average_handle_ms === null ? "–" : length(told.average_handle_ms),
    paused: length(told.paused_ms),
  };
  for (const [figure, text] of Object.entries(figures)) say(own.querySelector(`[data-figure="${figure}"]`), text);
}
