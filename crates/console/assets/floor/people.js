// Agents and calls, as rows.

import { length, since } from "../core/clock.js";
import { el, icon, rows, say } from "../core/dom.js";
import { t } from "../core/words.js";

const agents = document.getElementById("agents");
const calls = document.getElementById("calls");
const { leads } = document.getElementById("floor").dataset;
const lang = document.documentElement.lang;
const order = new Intl.Collator(lang, { numeric: true });

const cell = (name, properties) => el("td", { class: name, ...properties });
const timer = (at) => (at ? length(since(at)) : "–");

/** Who leads people opens a dialog for each; whoever only looks reads his name. */
function named(kind) {
  const place = el("th", { scope: "row" });
  if (leads) place.append(el("button", { type: "button", class: "open", data: { open: kind } }));
  return place;
}

const name_of = (place) => place.firstElementChild ?? place;

function agent_row() {
  const state = cell("state");
  return el("tr", {}, named("agent"), state, cell("number", { data: { since: "" } }), cell("serves"));
}

function state_of(place, state, word) {
  if (place.dataset.state === state && place.dataset.word === word) return;
  Object.assign(place.dataset, { state, word });
  place.replaceChildren(icon(state), el("span", { textContent: word }));
}

function paint_agent(row, agent) {
  const [name, state, time, serves] = row.children;
  say(name_of(name), agent.name);
  const paused = agent.state === "paused" && agent.reason ? `${t("state.paused")}: ${agent.reason}` : t(`state.${agent.state}`);
  const next = agent.pending ? `, ${t("floor.pending", { state: t(`status.${agent.pending}`) })}` : "";
  state_of(state, agent.state, paused + next);
  time.dataset.since = agent.state === "logged_out" ? "" : agent.since;
  say(time, timer(time.dataset.since));
  say(serves, agent.queues.join(", "));
  row.title = agent.set_by?.reason ? t("lead.by_why", { by: agent.set_by.by.replace(/^user:/, ""), reason: agent.set_by.reason }) : "";
}

export function paint_agents(store, { name, queue, team, state }) {
  const wanted = [...store.agents.values()].filter(
    (agent) =>
      (!name || agent.name.toLocaleLowerCase().includes(name)) &&
      (!queue || agent.queues.includes(queue)) &&
      (!team || agent.team === team) &&
      (!state || agent.state === state),
  );
  wanted.sort((one, other) => order.compare(one.name, other.name));
  rows(agents, wanted, (agent) => agent.name, agent_row, paint_agent);
  document.getElementById("no-agents").hidden = wanted.length > 0;
}

function call_row() {
  const time = cell("number", { data: { since: "" } });
  return el("tr", {}, named("call"), cell("state"), time, cell("queue"), cell("agent"));
}

function paint_call(row, call) {
  const [caller, stage, time, queue, agent] = row.children;
  say(name_of(caller), call.caller || t("desk.withheld"));
  state_of(stage, `call_${call.stage}`, t(`stage.${call.stage}`));
  time.dataset.since = call.since;
  say(time, timer(call.since));
  say(queue, call.queue ?? "–");
  const watched = call.watchers.length ? ` · ${call.watchers.map((one) => t(`lead.mode_${one.mode}`)).join(", ")}` : "";
  say(agent, (call.agent ?? "–") + watched);
}

export function paint_calls(store, { queue }) {
  const wanted = [...store.calls.values()].filter((call) => !queue || call.queue === queue);
  wanted.sort((one, other) => order.compare(one.started, other.started));
  rows(calls, wanted, (call) => call.call, call_row, paint_call);
  document.getElementById("no-calls").hidden = wanted.length > 0;
}
