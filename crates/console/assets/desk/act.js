// Commands: each button is one of the API's. What was pressed is "asked" until the stream has told what became of it.

import { say } from "../core/dom.js";
import { t } from "../core/words.js";

const said = document.getElementById("said");
const open = new Map();
let known = null;

/** The count in a number of the stream. */
const count = (sequence) => sequence.split("-").map(Number);

function reached(as_of, sequence) {
  const [one, other] = [count(as_of), count(sequence)];
  const differ = one.findIndex((part, nth) => part !== other[nth]);
  return differ < 0 || one[differ] > other[differ];
}

/** The state is as of this number: what was asked before it is so, or is not. */
export function told(as_of) {
  known = as_of;
  for (const [button, sequence] of open) if (sequence && reached(as_of, sequence)) answered(button);
}

function answered(button) {
  open.delete(button);
  button.removeAttribute("aria-busy");
}

/** What was asked from here: whoever asked needs not be told that it was he. */
export const mine = new Set();

/** Wants something; `more` are headers. @returns whether it was done */
export async function act(button, method, path, body = {}, more = {}) {
  if (open.has(button)) return false;
  open.set(button, null);
  button.setAttribute("aria-busy", "true");
  say(said, t("desk.asked"));
  const key = crypto.randomUUID?.() ?? String(Math.random()).slice(2);
  mine.add(key);
  const headers = { "content-type": "application/json", "idempotency-key": key, ...more };
  const answer = await fetch(`/api/v1/${path}`, { method, headers, body: JSON.stringify(body) }).catch(() => null);
  const text = await answer?.json().catch(() => null);
  if (answer?.status === 202) {
    open.set(button, text.sequence);
    say(said, "");
    // The stream may have been faster than the answer.
    if (known) told(known);
    return true;
  }
  answered(button);
  say(said, t("desk.refused", { why: text?.detail ?? t("desk.away") }));
  return false;
}
