// One's own: the browsers in which one is, each of which can be ended from here, and the password.

import { exact } from "../core/clock.js";
import { el, rows, say } from "../core/dom.js";
import { t } from "../core/words.js";

const at = (id) => document.getElementById(id);

async function ask(method, path, body) {
  const headers = body ? { "content-type": "application/json" } : {};
  const answer = await fetch(`/api/v1/${path}`, { method, headers, body: body && JSON.stringify(body) }).catch(() => null);
  const told = await answer?.json().catch(() => null);
  say(at("said"), answer?.ok ? "" : t("desk.refused", { why: told?.detail ?? t("desk.away") }));
  return { ok: answer?.ok ?? false, told };
}

function make(session) {
  const end = el("button", { type: "button", textContent: t("me.end") });
  end.addEventListener("click", async () => {
    await ask("DELETE", `sessions/${session.session}`);
    load();
  });
  return el("li", {}, el("p", { class: "browser" }), el("p", { class: "hint" }), end);
}

function paint(row, session) {
  const [browser, when, end] = row.children;
  say(browser, (session.browser || "–") + (session.here ? ` · ${t("me.here")}` : ""));
  say(when, t("me.since", { began: exact(session.began), seen: exact(session.seen) }));
  end.hidden = session.here;
  end.setAttribute("aria-label", `${t("me.end")}: ${session.browser}`);
}

async function load() {
  const { ok, told } = await ask("GET", "sessions");
  if (ok) rows(at("sessions"), told.items, (session) => session.session, make, paint);
}

at("password").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const said = new FormData(form);
  if (said.get("new") !== said.get("again")) return say(at("said"), form.dataset.differ);
  const { ok } = await ask("PUT", "me/password", { old: said.get("old"), new: said.get("new") });
  if (!ok) return;
  form.reset();
  await load();
  say(at("said"), form.dataset.changed);
});
say(at("fresh"), "");
await load();
