// The line below each page: how fresh it is, the time, its zone.

import { each_second, exact, hour, length, now, tell, zone } from "./clock.js";
import { say } from "./dom.js";
import { t } from "./words.js";

/** Keeps it true, and marks the page while it is out of date. */
export function foot(live) {
  const [fresh, clock] = ["fresh", "clock"].map((id) => document.getElementById(id));
  say(document.getElementById("zone"), zone);
  let as_of = null;
  live.addEventListener("frame", ({ detail }) => {
    tell(detail.at);
    as_of = detail.at;
  });
  live.addEventListener("fresh", ({ detail: { state, age } }) => {
    document.body.dataset.fresh = state;
    if (state === "live") say(fresh, t("live.as_of", { time: exact(as_of) }));
    if (state === "stale") say(fresh, t("live.old", { age: length(age) }));
    if (state === "signed_out") say(fresh, t("live.signed_out"));
  });
  each_second(() => {
    say(clock, hour(now()));
    clock.dateTime = new Date(now()).toISOString();
  });
}
