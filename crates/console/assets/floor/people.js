// Agents and calls, as rows.

import { length, since } from "../core/clock.js";
import { el, icon, rows, say } from "../core/dom.js";
import { t } from "../core/words.js";

const agents = document.getElementById("agents");
const calls = document.getElementById("calls");
const lang = document.documentElement.lang;
const order = new Intl.Collator(lang, { numeric: true });

const cell = (name, properties) => el("td", { class: name, ...properties });
const timer = (at) => (at ? length(since(at)) : "–");

function agent_row() {
  const state = cell("state");
  return el("tr", {}, el("th", { scope: "row" }), state, cell("number", { data: { since: "" } }), cell("serves"));
}

function state_of(place, state, word) {
  if (place.dataset.state === state && place.dataset.word === word) return;
  Object.assign(place.dataset, { state, word });
  place.replaceChildren(icon(state), el("span", { textContent: word }));
}

function paint_agent(row, agent) {
  const [name, state, time, serves] = row.children;
  say(name, agent.name);
  const paused = agent.state === "paused" && agent.reason ? `${t("state.paused")}: ${agent.reason}` : t(`state.${agent.state}`);
  const next = agent.pending ? `, ${t("floor.pending", { state: t(`status.${agent.pending}`) })}` : "";
  state_of(state, agent.state, paused + next);
  time.dataset.since = agent.state === "logged_out" ? "" : agent.since;
  say(time, timer(time.dataset.since));
  say(serves, agent.queues.join(", "));
}

export function paint_agents(store, { name, queue, state }) {
  const wanted = [...store.agents.values()].filter(
    (agent) =>
      (!name || agent.name.toLocaleLowerCase().includes(name)) &&
      (!queue || agent.queues.includes(queue)) &&
      (!state || agent.state === state),
  );
  wanted.sort((one, other) => order.compare(one.name, other.name));
  rows(agents, wanted, (agent) => agent.name, agent_row, paint_agent);
  document.getElementById("no-agents").hidden = wanted.length > 0;
}

function call_row() {
  const time = cell("number", { data: { since: "" } });
  return el("tr", {}, el("th", { scope: "row" }), cell("state"), time, cell("queue"), cell("agent"));
}

function paint_call(row, call) {
  const [caller, stage, time, queue, agent] = row.children;
  say(caller, call.caller || "–");
  state_of(stage, `call_${call.stage}`, t(`stage.${call.stage}`));
  time.dataset.since = call.since;
  say(time, timer(call.since));
  say(queue, call.queue ?? "–");
  say(agent, call.agent ?? "–");
}

export function paint_calls(store, { queue }) {
  const wanted = [...store.calls.values()].filter((call) => !queue || call.queue === queue);
  wanted.sort((one, other) => order.compare(one.started, other.started));
  rows(calls, wanted, (call) => call.call, call_row, paint_call);
  document.getElementById("no-calls").hidden = wanted.length > 0;
}
