// The frame of the call: idle, offered, talking, held, wrap-up. Its buttons are always all there, in their places; the state that
// the switch tells decides which can be pressed, and nothing else does.

import { length, now, since } from "../core/clock.js";
import { say } from "../core/dom.js";
import { t } from "../core/words.js";
import { phone } from "./phone.js";

const at = (id) => document.getElementById(id);
const desk = at("desk").dataset;
const frame = at("frame");

/** The call that he is offered or talks in. */
export function call_of(store, name) {
  const his = [...store.calls.values()].filter((call) => call.agent === name && ["offered", "talking"].includes(call.stage));
  return his.find((call) => call.stage === "talking") ?? his[0];
}

function mode_of(me, call) {
  if (call?.stage === "talking") return call.held ? "held" : "talking";
  if (call) return "offered";
  return me?.work === "wrap_up" ? "wrap_up" : "idle";
}

/** What the frame shows. */
function texts(mode, me, call) {
  const queue = call?.queue ?? me?.queue ?? "";
  const who = call ? call.caller || t("desk.withheld") : "";
  const hint = desk.auto === "true" ? t("desk.auto") : phone.here ? "" : t("desk.lift");
  return {
    idle: { what: "", who: t("desk.idle"), hint: me?.state === "ready" ? t("desk.idle_ready") : t("desk.idle_away") },
    offered: { what: t("desk.offer", { queue }), who, hint },
    talking: { what: t("desk.talks", { queue }), who, hint: "" },
    held: { what: t("desk.held", { queue }), who, hint: "" },
    wrap_up: { what: queue, who: t("desk.wrap_up"), hint: "" },
  }[mode];
}

/** What time changes. */
export function paint_timer(me, call) {
  const mode = frame.dataset.mode;
  let time = "";
  if (call) time = length(since(call.since));
  if (mode === "wrap_up" && me) {
    const left = me.wrap_up_until ? Date.parse(me.wrap_up_until) - now() : null;
    time = left === null ? length(since(me.since)) : t("desk.left", { time: length(Math.max(0, left)) });
  }
  say(at("timer"), time);
}

function buttons(mode, call) {
  const talks = mode === "talking" || mode === "held";
  const free = talks && !call?.consulting;
  const can = {
    answer: mode === "offered" && phone.answer !== null,
    hold: free,
    mute: talks && phone.mute !== null,
    transfer: free,
    consult: free,
    park: free,
    keypad: talks && phone.keys !== null,
    end: talks || mode === "offered",
  };
  for (const [name, usable] of Object.entries(can)) at(name).disabled = !usable;
  say(at("hold").querySelector("span"), mode === "held" ? t("desk.resume") : t("desk.hold"));
  at("hold").setAttribute("aria-pressed", String(mode === "held"));
  at("mute").setAttribute("aria-pressed", String(phone.muted));
  at("asking").hidden = !(talks && call?.consulting);
}

function dispositions(mode, me) {
  const place = at("dispositions");
  const wanted = mode === "wrap_up" ? (me.queue ?? "") : null;
  place.hidden = at("done").hidden = wanted === null;
  if (place.dataset.queue === String(wanted)) return;
  place.dataset.queue = String(wanted);
  const template = [...document.querySelectorAll("template.dispositions")].find((one) => one.dataset.queue === wanted);
  place.replaceChildren(...(template ? [template.content.cloneNode(true)] : []));
}

export function paint_frame(me, call) {
  const mode = mode_of(me, call);
  frame.dataset.mode = mode;
  const { what, who, hint } = texts(mode, me, call);
  say(at("what"), what);
  say(at("who"), who);
  say(at("hint"), hint);
  say(at("about"), call ? t("desk.called", { number: call.called || "–", time: length(Date.parse(call.since) - Date.parse(call.started)) }) : "");
  buttons(mode, call);
  dispositions(mode, me);
  paint_timer(me, call);
}
