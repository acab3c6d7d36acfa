// What a supervisor does: a dialog for an agent and one for a call, the doors of queues, and the bar of whoever listens. The
// switch alone decides; what is open here follows what the stream tells.

import { length } from "../core/clock.js";
import { el, rows, say } from "../core/dom.js";
import { number, t } from "../core/words.js";
import { act } from "../desk/act.js";

const at = (id) => document.getElementById(id);
const { leads, own } = at("floor").dataset;
const AT = "strowger-listens-at";
/** Who is chosen, and what he was given when that was looked at. */
let agent = null;
let mark = null;
let call = null;
/** The call that he watches, and where. */
let watching = null;

const path = (kind, name, rest = "") => `${kind}/${encodeURIComponent(name)}${rest}`;
const json = async (address) => {
  const answer = await fetch(`/api/v1/${address}`).catch(() => null);
  return answer?.ok ? answer.json() : null;
};
/** Where he is rung. */
const place = () => at("at").value.trim();

async function given() {
  const all = await json(path("agents", agent, "/given"));
  mark = all?.mark ?? null;
  const make = (seat) => {
    const button = el("button", { type: "button", textContent: t("lead.remove") });
    button.setAttribute("aria-label", `${t("lead.remove")}: ${seat.queue}`);
    button.addEventListener("click", () => assign(button, "DELETE", path("queues", seat.queue, `/agents/${encodeURIComponent(agent)}`)));
    return el("li", {}, el("span"), button);
  };
  rows(at("given"), all?.queues ?? [], (seat) => seat.queue, make, (row, seat) => say(row.firstElementChild, `${seat.queue} (${number(seat.tier)})`));
}

/** What he is given changes only as it was looked at: who was faster is seen first. */
async function assign(button, method, address, body) {
  await act(button, method, address, body, mark ? { "if-match": `"${mark}"` } : {});
  await given();
}

function open_agent(name) {
  agent = name;
  say(at("agent-head"), name);
  at("force").reset();
  at("given").replaceChildren();
  at("agent").showModal();
  given();
}

function open_call(id, store) {
  call = id;
  paint_call(store);
  at("call").showModal();
}

function paint_call(store) {
  const now = store.calls.get(call);
  if (!now) return at("call").close();
  const waits = now.stage === "queued" || now.stage === "offered";
  say(at("call-head"), now.caller || t("desk.withheld"));
  say(at("call-about"), [t(`stage.${now.stage}`), now.queue, now.agent].filter(Boolean).join(" · "));
  at("waits").hidden = !waits || !now.contact;
  for (const id of ["talks", "at-label"]) at(id).hidden = now.stage !== "talking";
}

async function ask_why(store) {
  const contact = store.calls.get(call)?.contact;
  const why = contact && (await json(path("contacts", contact, "/why")));
  if (!why) return;
  const offered = t(why.can_be_offered ? "lead.can_be_offered" : "lead.is_rung");
  say(at("why-place"), `${why.queue}: ${t("lead.position", { place: number(why.position) })}. ${offered}`);
  const line = (one) => {
    const left = one.left_ms === null ? "" : ` (${length(one.left_ms)})`;
    const reason = one.reason ? `: ${one.reason}` : "";
    return el("li", { data: { verdict: one.verdict } }, `${one.agent}: ${t(`verdict.${one.verdict}`)}${reason}${left}`);
  };
  at("why-agents").replaceChildren(...why.agents.map(line));
  at("why").showModal();
}

function watch(button, address, body) {
  if (!place()) return at("at").focus();
  sessionStorage.setItem(AT, place());
  act(button, "POST", address, { at: place(), ...body });
}

/** One's own watching: by the phone that was chosen, or, of an agent, by any of his phones that watches. */
function find(store) {
  const where = sessionStorage.getItem(AT) ?? own ?? "";
  for (const one of store.calls.values()) {
    const all = one.watchers.filter((watcher) => watcher.at === where || where.startsWith("agent:"));
    if (all.length) return { call: one, watcher: all[0] };
  }
  return null;
}

/** What is open follows what the stream has told. */
export function paint_lead(store) {
  if (!leads) return;
  if (at("call").open) paint_call(store);
  const works = store.agents.get(agent);
  at("wrapped").disabled = works?.work !== "wrap_up";
  at("listen-agent").disabled = works?.work !== "talking";
  watching = find(store);
  at("watching").hidden = !watching;
  if (!watching) return;
  const { watcher, call: heard } = watching;
  say(at("watched"), t("lead.hears", { agent: watcher.agent ?? "–", caller: heard.caller || t("desk.withheld"), at: watcher.at }));
  for (const button of at("watching").querySelectorAll("[data-mode]")) {
    button.setAttribute("aria-pressed", String(button.dataset.mode === watcher.mode));
  }
}

const on = (id, wish) => at(id).addEventListener("click", (event) => wish(event.currentTarget));
const submitted = (id, wish) =>
  at(id).addEventListener("submit", (event) => {
    event.preventDefault();
    wish(event.submitter, new FormData(event.target));
  });

/** Every button has what it does. */
export function lead(store) {
  if (!leads) return;
  at("at").value = sessionStorage.getItem(AT) ?? own ?? "";
  document.addEventListener("click", ({ target }) => {
    const button = target.closest?.("button");
    if (!button) return;
    const { open, door, watch: mode, mode: other, closed } = button.dataset;
    if (open === "agent") open_agent(button.closest("tr").dataset.key);
    if (open === "call") open_call(button.closest("tr").dataset.key, store);
    if (door) act(button, closed === "true" ? "DELETE" : "PUT", path("queues", door, "/closed"));
    if (mode) watch(button, path("calls", call, "/watch"), { mode });
    if (other && watching) act(button, "POST", path("calls", watching.call.call, "/mode"), { party: watching.watcher.at, mode: other });
  });
  submitted("force", (button, said) => {
    act(button, "PUT", path("agents", agent, "/status"), { status: button.value, reason: said.get("reason").trim() });
    at("agent").close();
  });
  on("wrapped", (button) => act(button, "POST", path("agents", agent, "/wrap_up/end")));
  on("listen-agent", (button) => {
    const his = [...store.calls.values()].find((one) => one.agent === agent && one.stage === "talking");
    if (!his) return;
    at("agent").close();
    open_call(his.call, store);
  });
  submitted("join", (button, said) =>
    assign(button, "PUT", path("queues", said.get("queue"), `/agents/${encodeURIComponent(agent)}`), { tier: Number(said.get("tier")) }),
  );
  submitted("skill", (button, said) =>
    assign(button, "PATCH", path("agents", agent, "/skills"), { skills: { [said.get("skill").trim()]: Number(said.get("level")) } }),
  );
  on("prefer", (button) => act(button, "POST", path("contacts", store.calls.get(call)?.contact ?? "-", "/prefer")));
  on("ask-why", () => ask_why(store));
  submitted("move", (button, said) => act(button, "POST", path("calls", call, "/transfer"), { to: `queue:${said.get("queue")}` }));
  on("hangup", (button) => act(button, "POST", path("calls", call, "/hangup")));
  on("take-over", (button) => watching && act(button, "POST", path("calls", watching.call.call, "/take_over"), { party: watching.watcher.at }));
  on("stop", (button) => watching && act(button, "POST", path("calls", watching.call.call, "/leave"), { party: watching.watcher.at }));
}
