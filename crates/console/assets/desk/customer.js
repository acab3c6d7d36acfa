// Who calls: name, numbers, notes and last calls, beside the frame of the call; and of several with his number, which. It is
// asked for once for each call, and stays through the after-call work: the stream paints nothing over what is being typed.

import { day, exact } from "../core/clock.js";
import { el, say } from "../core/dom.js";
import { t } from "../core/words.js";

const place = document.getElementById("customer");
const said = document.getElementById("said");
/** The account may be a moment behind the first call of somebody. */
const AGAIN = [700, 1500, 3000];
let shown = "";

const at = (time) => el("time", { dateTime: time, title: exact(time) }, day(time));

async function ask(method, path, body, headers = {}) {
  const sent = body && { method, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) };
  const answer = await fetch(`/api/v1/${path}`, sent || {}).catch(() => null);
  const told = await answer?.json().catch(() => null);
  if (!answer?.ok) say(said, t("desk.refused", { why: told?.detail ?? t("desk.away") }));
  return answer?.ok ? told : null;
}

/** What is done with a form; its button cannot be pressed twice. */
function form(button, fields, done) {
  const press = el("button", { type: "submit" }, t(button));
  const made = el("form", {}, ...fields, press);
  made.addEventListener("submit", async (event) => {
    event.preventDefault();
    press.disabled = true;
    say(said, "");
    await done();
    press.disabled = false;
  });
  return made;
}

const labelled = (key, input) => el("label", {}, el("span", {}, t(key)), input);

function name_form({ customer }) {
  const input = el("input", { value: customer.name, maxLength: 200, autocomplete: "off" });
  return form("customer.save", [labelled("customer.name", input)], async () => {
    const tag = { "if-match": `"${customer.version}"` };
    const card = await ask("PATCH", `customers/${customer.customer}`, { name: input.value }, tag);
    if (card) paint(card);
  });
}

function note_form({ customer }) {
  const text = el("textarea", { rows: 3, maxLength: 4000, required: true });
  return form("customer.write", [labelled("customer.note", text)], async () => {
    const card = await ask("POST", `customers/${customer.customer}/notes`, { text: text.value });
    if (card) paint(card);
  });
}

function list(key, items, line) {
  if (!items.length) return [];
  return [el("h3", {}, t(key)), el("ul", {}, ...items.map((item) => el("li", {}, ...line(item))))];
}

const note = ({ at: time, author, text }) => [at(time), " ", el("small", {}, author.replace(/^user:/, "")), el("p", {}, text)];
function visit({ started, queue, agent, disposition, outcome }) {
  const words = [queue, agent, disposition ?? outcome].filter(Boolean).join(" · ");
  return [at(started), el("p", {}, words)];
}

function paint(card) {
  const { customer, notes, visits } = card;
  const fields = Object.entries(customer.fields).flatMap(([field, text]) => [el("dt", {}, field), el("dd", {}, text)]);
  place.replaceChildren(
    el("h2", {}, customer.name || t("customer.unnamed")),
    el("p", { class: "numbers" }, customer.numbers.join(", ")),
    el("dl", {}, ...fields),
    note_form(card),
    ...list("customer.notes", notes, note),
    ...list("customer.visits", visits, visit),
    el("details", {}, el("summary", {}, t("customer.change")), name_form(card)),
  );
}

function several(call, cards) {
  const one = (card) => {
    const { customer, visits } = card;
    const last = visits[0] ? day(visits[0].started) : "";
    const button = el("button", { type: "button" }, el("span", {}, customer.name || t("customer.unnamed")), el("small", {}, last));
    button.addEventListener("click", async () => {
      const picked = await ask("PUT", `calls/${call}/customer`, { customer: customer.customer });
      if (picked) paint(picked);
    });
    return button;
  };
  place.replaceChildren(el("h2", {}, t("customer.several")), el("div", { class: "choices" }, ...cards.map(one)));
}

async function look(call, tries) {
  const told = await ask("GET", `calls/${call}/customers`);
  if (shown !== call || !told) return;
  const { who, cards } = told;
  if (who === "known") return paint(cards[0]);
  if (who === "several") return several(call, cards);
  const text = { new: t("customer.new"), withheld: t("customer.withheld") }[who];
  place.replaceChildren(...(text ? [el("h2", {}, text)] : []));
  if (who === "new" && tries < AGAIN.length) setTimeout(() => shown === call && look(call, tries + 1), AGAIN[tries]);
}

/** The call that he is offered or talks in, and what he does: the call is told to be over a moment before his after-call work. */
export function paint_customer(call, work) {
  if (call && call.call !== shown) {
    shown = call.call;
    place.replaceChildren();
    look(shown, 0);
  }
  if (!call && shown && work !== "talking" && work !== "wrap_up") {
    shown = "";
    place.replaceChildren();
  }
}
