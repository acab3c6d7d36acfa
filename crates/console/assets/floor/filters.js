// Which agents and calls are shown: it stands in the address, so that it can be kept, and sent to somebody.

import { el } from "../core/dom.js";

/** @param changed - called when something else is chosen */
export function filters(changed) {
  const form = document.getElementById("filters");
  const { name, queue, team, state } = form.elements;
  const wanted = new URLSearchParams(location.search);
  name.value = wanted.get("name") ?? "";
  state.value = wanted.get("state") ?? "";

  function keep() {
    const chosen = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
    history.replaceState(null, "", chosen.size ? `?${chosen}` : location.pathname);
    changed();
  }

  form.addEventListener("input", keep);
  form.addEventListener("submit", (event) => event.preventDefault());
  return {
    /** The queues that there are. */
    offer(names) {
      const chosen = queue.value || (wanted.get("queue") ?? "");
      const options = names.map((one) => el("option", { value: one, textContent: one }));
      queue.replaceChildren(queue.options[0], ...options);
      queue.value = names.includes(chosen) ? chosen : "";
    },
    /** The teams that there are. */
    teams(names) {
      const chosen = team.value || (wanted.get("team") ?? "");
      team.closest("label").hidden = names.length === 0;
      team.replaceChildren(team.options[0], ...names.map((one) => el("option", { value: one, textContent: one })));
      team.value = names.includes(chosen) ? chosen : "";
    },
    now: () => ({ name: name.value.trim().toLocaleLowerCase(), queue: queue.value, team: team.value, state: state.value }),
  };
}
