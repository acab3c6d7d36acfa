// The page of a call: a player for each recording, and the moments of the call lead into the one that has them.

import { Player } from "./player.js";

const players = [...document.querySelectorAll(".player[data-recording]")]
  .filter((section) => section.querySelector("audio"))
  .map((section) => new Player(section));

const moments = [...document.querySelectorAll(".moments [data-after]")];
for (const player of players) player.mark(moments.map((moment) => Number(moment.dataset.after)));

for (const moment of moments) {
  const after = Number(moment.dataset.after);
  const player = players.find((one) => one.has(after)) ?? players[0];
  moment.querySelector(".jump")?.addEventListener("click", () => player?.jump(after));
}

/** `#t=83` leads there, when the page is opened and when the address is changed. */
function go() {
  const asked = Number(/(?:^#|&)t=(\d+(?:\.\d+)?)/.exec(location.hash)?.[1] ?? NaN);
  if (!Number.isNaN(asked)) players[0]?.seek(asked);
}
addEventListener("hashchange", go);
go();
