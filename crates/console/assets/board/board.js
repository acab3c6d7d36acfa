// A wall board: its tiles are there already; this fills them.

import { each_second, hour, length, since } from "../core/clock.js";
import { say } from "../core/dom.js";
import { foot } from "../core/foot.js";
import { Live } from "../core/socket.js";
import { Store } from "../core/store.js";
import { number, share, t } from "../core/words.js";

const main = document.querySelector("main");
const tiles = [...main.querySelectorAll(".tile")];
const store = new Store();
const live = new Live();

const write = { count: number, time: length, share };

function value(figure, unit) {
  if (figure.since) return length(since(figure.since));
  return figure.value === null ? "–" : write[unit](figure.value);
}

function fault(tile, figure) {
  const at = tile.querySelector(".fault");
  const wanted = figure.level_since ? `${figure.level} ${figure.level_since}` : "";
  if (at.dataset.said === wanted) return;
  at.dataset.said = wanted;
  at.replaceChildren();
  if (!wanted) return;
  at.append(document.getElementById(`level-${figure.level}`).content.cloneNode(true), " ");
  at.append(t("level.since", { time: hour(figure.level_since) }));
}

function limits() {
  for (const tile of tiles) {
    const [line, said] = [tile.querySelector(".limits"), write[tile.dataset.unit]];
    const { warning, critical } = line.dataset;
    if (!warning && !critical) continue;
    const holes = { warning: warning && said(Number(warning)), critical: critical && said(Number(critical)) };
    if (warning && critical) say(line, t("level.limits", holes));
    else say(line, warning ? t("level.limit_warning", holes) : t("level.limit_critical", holes));
  }
}

function paint() {
  const board = store.boards.get(main.dataset.board);
  board?.figures.forEach((figure, nth) => {
    const tile = tiles[nth];
    if (!tile) return;
    tile.dataset.level = figure.level;
    const [place, text] = [tile.querySelector(".value"), value(figure, tile.dataset.unit)];
    say(place, text);
    place.dataset.length = text.length;
    fault(tile, figure);
  });
}

// What stands still while nothing comes must not look alive.
const is_live = () => document.body.dataset.fresh === "live";

live.addEventListener("frame", ({ detail }) => {
  store.take(detail);
  requestAnimationFrame(paint);
});
limits();
foot(live);
each_second(() => is_live() && paint());
live.start();
