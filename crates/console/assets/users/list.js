// Users: who may log in, a link for each, and the lock. A link is shown once, and kept by nobody.

import { exact } from "../core/clock.js";
import { el, rows, say } from "../core/dom.js";
import { number, t } from "../core/words.js";

const at = (id) => document.getElementById(id);
const { admits } = at("users-page").dataset;
let chosen = null;

const time = (text) => (text ? exact(text) : "–");

/** Asks for something. @returns what was answered, or null where it was not done */
async function ask(method, path) {
  const answer = await fetch(`/api/v1/${path}`, { method }).catch(() => null);
  const told = await answer?.json().catch(() => null);
  say(at("said"), answer?.ok ? "" : t("desk.refused", { why: told?.detail ?? t("desk.away") }));
  return answer?.ok ? told : null;
}

function make(user) {
  const cells = Array.from({ length: 5 }, () => el("td"));
  const invite = el("button", { type: "button", textContent: t("users.invite"), data: { invite: user.user } });
  const lock = el("button", { type: "button", class: "danger", textContent: t("users.lock_out"), data: { lock: user.user } });
  for (const button of [invite, lock]) {
    button.hidden = !admits;
    button.setAttribute("aria-label", `${button.textContent}: ${user.user}`);
  }
  return el("tr", {}, el("th", { scope: "row" }), ...cells, el("td", { class: "actions" }, invite, lock));
}

function paint(row, user) {
  const words = [user.user, user.roles.map((role) => t(`role.${role}`)).join(", "), user.agent ?? "–"];
  words.push(user.password_since ? time(user.password_since) : t("users.none"), number(user.sessions), time(user.seen));
  words.forEach((word, nth) => say(row.children[nth], word));
}

async function load() {
  const all = await ask("GET", "users");
  if (all) rows(at("users"), all.items, (user) => user.user, make, paint);
}

async function invite(user) {
  const made = await ask("POST", `users/${encodeURIComponent(user)}/invitation`);
  if (!made) return;
  say(at("link-head"), at("link-head").dataset.for.replace("{user}", user));
  at("link-address").value = location.origin + made.path;
  at("link").showModal();
  at("link-address").select();
}

at("users").addEventListener("click", ({ target }) => {
  const { invite: whom, lock } = target.closest("button")?.dataset ?? {};
  if (whom) invite(whom);
  if (!lock) return;
  chosen = lock;
  say(at("sure-head"), at("sure-head").dataset.ask.replace("{user}", lock));
  at("sure").returnValue = "";
  at("sure").showModal();
});
at("sure").addEventListener("close", async () => {
  if (at("sure").returnValue === "go" && (await ask("POST", `users/${encodeURIComponent(chosen)}/lock_out`))) load();
});
at("link").addEventListener("close", () => {
  at("link-address").value = "";
  load();
});
at("copy").addEventListener("click", async () => {
  at("link-address").select();
  const done = await navigator.clipboard?.writeText(at("link-address").value).then(() => true, () => false);
  if (done) say(at("said"), at("copy").dataset.copied);
});
say(at("fresh"), "");
await load();
