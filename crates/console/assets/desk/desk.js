// The desk: what the switch tells is painted, what is pressed is a command, and the document never navigates.

import { each_second, length, since } from "../core/clock.js";
import { say } from "../core/dom.js";
import { foot } from "../core/foot.js";
import { Live } from "../core/socket.js";
import { Store } from "../core/store.js";
import { t } from "../core/words.js";
import { act, mine, told } from "./act.js";
import { paint_customer } from "./customer.js";
import { call_of, paint_frame, paint_timer } from "./frame.js";
import "./keys.js";
import { begin_voice, phone } from "./phone.js";
import { paint_own, paint_sides, state_of } from "./sides.js";

const at = (id) => document.getElementById(id);
const name = at("desk").dataset.agent;
const his = `agents/${encodeURIComponent(name)}`;
const store = new Store();
const live = new Live();
/** The account has what the stream tells within so long: figures are its own. */
const POSTED = 2000;
let planned = false;
let doing = "";

const me = () => store.agents.get(name);
const call = () => call_of(store, name);
const state = at("state");
const sign = state.appendChild(document.createElement("span"));
const time = state.appendChild(document.createElement("span"));
const pending = state.appendChild(document.createElement("span"));
time.className = "time";
pending.className = "pending";
const forced = state.appendChild(document.createElement("span"));
forced.className = "forced";

/** Who else has wanted it of him, and why. */
function word_of(set_by) {
  if (!set_by || mine.has(set_by.command)) return "";
  const by = set_by.by.replace(/^user:/, "");
  return set_by.reason ? t("lead.by_why", { by, reason: set_by.reason }) : t("lead.by", { by });
}

function paint_state() {
  const now = me();
  if (!now) return;
  state_of(sign, now);
  say(time, now.state === "logged_out" ? "" : length(since(now.since)));
  say(pending, now.pending ? t("floor.pending", { state: t(`status.${now.pending}`) }) : "");
  say(forced, word_of(now.set_by));
  at("ready").setAttribute("aria-pressed", String(now.status === "ready"));
  at("pause").setAttribute("aria-pressed", String(now.status === "not_ready"));
}

function paint() {
  planned = false;
  paint_state();
  paint_sides(store, me());
  paint_frame(me(), call());
  paint_customer(call(), me()?.work);
  const now = `${me()?.status} ${me()?.work}`;
  if (now !== doing) {
    doing = now;
    paint_own();
    setTimeout(paint_own, POSTED);
  }
}

function plan() {
  if (planned) return;
  planned = true;
  requestAnimationFrame(paint);
}

const status = (button, status, reason) => act(button, "PUT", `${his}/status`, reason ? { status, reason } : { status });
const on = (id, wish) => at(id).addEventListener("click", (event) => wish(event.currentTarget));
/** Something about the call that he has. */
const of_call = (button, verb, body) => call() && act(button, "POST", `calls/${call().call}/${verb}`, body);

on("ready", (button) => status(button, "ready"));
on("log_out", (button) => status(button, "logged_out"));
on("pause", () => at("pauses").showModal());
on("hold", (button) => of_call(button, call()?.held ? "resume" : "hold"));
on("park", (button) => of_call(button, "park"));
on("end", (button) => (phone.decline ? phone.decline() : of_call(button, "hangup")));
on("answer", () => phone.answer?.());
on("mute", () => phone.mute?.(!phone.muted));
on("keypad", () => at("keys").showModal());
on("done", (button) => act(button, "POST", `${his}/wrap_up/end`));
for (const verb of ["transfer", "consult"]) on(verb, () => ask_whom(verb));
for (const button of at("asking").children) button.addEventListener("click", () => of_call(button, button.dataset.verb));
for (const key of document.querySelectorAll("[data-digit]")) key.addEventListener("click", () => phone.keys?.(key.dataset.digit));

at("dispositions").addEventListener("click", ({ target }) => {
  const button = target.closest("button");
  if (button) act(button, "PUT", `${his}/disposition`, { disposition: button.dataset.word });
});

function ask_whom(verb) {
  const dialog = at("whom");
  dialog.dataset.verb = verb;
  dialog.returnValue = "";
  say(at("whom-head"), dialog.dataset[verb]);
  dialog.querySelector("input").value = "";
  dialog.showModal();
}

at("whom").addEventListener("close", () => {
  const dialog = at("whom");
  if (dialog.returnValue === "go") of_call(at(dialog.dataset.verb), dialog.dataset.verb, { to: dialog.querySelector("input").value.trim() });
});
at("pauses").querySelector("form").addEventListener("submit", (event) => {
  if (event.submitter?.value !== "cancel") status(at("pause"), "not_ready", event.submitter?.value);
});

live.addEventListener("frame", ({ detail }) => {
  store.take(detail);
  if (detail.frame === "beat") return;
  told(detail.as_of);
  plan();
});
foot(live);
each_second(() => {
  if (document.body.dataset.fresh !== "live") return;
  paint_state();
  paint_timer(me(), call());
  for (const cell of document.querySelectorAll("#queues [data-since]")) say(cell, cell.dataset.since ? length(since(cell.dataset.since)) : "–");
});
begin_voice(live, plan);
live.start();
