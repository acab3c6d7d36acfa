// Messages that callers have left: a list that is read again when something was done, and now and then.

import { exact, length } from "../core/clock.js";
import { say } from "../core/dom.js";
import { foot } from "../core/foot.js";
import { Live } from "../core/socket.js";
import { t } from "../core/words.js";

const [list, none, said, all, made] = ["messages", "none", "said", "all", "message"].map((id) => document.getElementById(id));
const shown = new Map();

async function read() {
  const answer = await fetch(`/api/v1/messages${all.checked ? "?all=1" : ""}`).catch(() => null);
  const told = answer?.ok ? await answer.json().catch(() => null) : null;
  if (!told) return say(said, t("messages.away"));
  say(said, "");
  paint(told.items);
}

/** Who is shown stays as he is, so that what is heard goes on. */
function paint(items) {
  const names = new Set(items.map((item) => item.message));
  for (const [name, row] of shown) {
    if (names.has(name)) continue;
    row.remove();
    shown.delete(name);
  }
  for (const item of items) {
    const row = shown.get(item.message) ?? make(item);
    fill(row, item);
    list.append(row);
  }
  none.hidden = items.length > 0;
}

function make(item) {
  const row = made.content.firstElementChild.cloneNode(true);
  shown.set(item.message, row);
  const audio = row.querySelector("audio");
  audio.src = `/api/v1/messages/${item.message}/sound`;
  audio.setAttribute("aria-label", t("messages.from", { number: item.number }));
  audio.addEventListener("ended", () => act(item.message, "heard"));
  for (const button of row.querySelectorAll("button")) {
    button.setAttribute("aria-label", `${button.textContent}: ${t("messages.from", { number: item.number })}`);
    button.addEventListener("click", () => act(item.message, button.name));
  }
  return row;
}

function fill(row, item) {
  const over = item.deleted ?? item.done;
  say(row.querySelector(".number"), item.number);
  say(row.querySelector(".box"), item.mailbox.replace(/^\w+:/, ""));
  const long = item.length_ms == null ? "–" : length(item.length_ms);
  say(row.querySelector(".when"), `${new Date(item.since).toLocaleDateString(document.documentElement.lang)} ${exact(item.since)} · ${long}`);
  say(row.querySelector(".mark"), over ? t("messages.over", { by: over.by.replace(/^\w+:/, "") }) : t(item.heard ? "messages.heard" : "messages.new"));
  row.dataset.state = over ? "over" : item.heard ? "heard" : "new";
  row.querySelector("audio").hidden = !item.sound;
  row.querySelector(".acts").hidden = Boolean(over);
}

async function act(message, wish) {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`/api/v1/messages/${message}/${wish}`, { method: "POST", headers, body: "{}" }).catch(() => null);
  if (!answer?.ok) {
    const why = (await answer?.json().catch(() => null))?.detail ?? "";
    return say(said, t("messages.refused", { why }));
  }
  // The account is written a moment later.
  setTimeout(read, 500);
}

const live = new Live();
foot(live);
all.addEventListener("change", read);
setInterval(() => document.visibilityState === "visible" && read(), 15_000);
read();
live.start();
