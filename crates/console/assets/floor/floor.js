// The floor: totals, queues, agents and calls, painted once a frame at most.

import { each_second, length, since } from "../core/clock.js";
import { say } from "../core/dom.js";
import { foot } from "../core/foot.js";
import { Live } from "../core/socket.js";
import { Store } from "../core/store.js";
import { number } from "../core/words.js";
import { told } from "../desk/act.js";
import { filters } from "./filters.js";
import { lead, paint_lead } from "./lead.js";
import { paint_agents, paint_calls } from "./people.js";
import { paint_queues } from "./queues.js";

const store = new Store();
const live = new Live();
const chosen = filters(() => plan());
let planned = false;

function totals() {
  const total = (id, text) => say(document.getElementById(`total-${id}`), text);
  const queues = [...store.queues.values()];
  const longest = queues.map((queue) => queue.longest_since).filter(Boolean).sort()[0];
  total("waiting", number(queues.reduce((sum, queue) => sum + queue.waiting, 0)));
  total("longest", longest ? length(since(longest)) : "–");
  for (const state of ["ready", "talking", "paused"]) {
    total(state, number([...store.agents.values()].filter((agent) => agent.state === state).length));
  }
  total("calls", number(store.calls.size));
}

function paint() {
  planned = false;
  totals();
  paint_queues(store);
  paint_agents(store, chosen.now());
  paint_calls(store, chosen.now());
  paint_lead(store);
}

function plan() {
  if (planned) return;
  planned = true;
  requestAnimationFrame(paint);
}

/** Only what grows with time. */
function tick() {
  if (document.body.dataset.fresh !== "live") return;
  totals();
  for (const cell of document.querySelectorAll("[data-since]")) {
    say(cell, cell.dataset.since ? length(since(cell.dataset.since)) : "–");
  }
}

live.addEventListener("frame", ({ detail }) => {
  store.take(detail);
  if (detail.frame === "snapshot") {
    chosen.offer([...store.queues.keys()]);
    chosen.teams([...new Set([...store.agents.values()].map((agent) => agent.team).filter(Boolean))].sort());
  }
  if (detail.frame !== "beat") told(detail.as_of);
  if (detail.frame !== "beat") plan();
});
lead(store);
foot(live);
each_second(tick);
live.start();
