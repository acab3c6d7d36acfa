// A player: a wave for each side on one time axis, the call's moments on it, and buttons and keys that move a plain `audio`.

import { length } from "../core/clock.js";
import { say } from "../core/dom.js";
import { t } from "../core/words.js";
import { Wave } from "./wave.js";

const SPEED = "strowger.speed";
const STEPS = { ArrowLeft: -5, ArrowDown: -5, ArrowRight: 5, ArrowUp: 5, PageDown: -30, PageUp: 30 };

export class Player {
  #audio;
  #wave;
  #slider;
  #play;
  #at;
  /** Where its timeline begins, in ms after the call's begin. */
  #begin;
  /** Where it is to go as soon as its length is known. */
  #wanted = null;

  constructor(section) {
    const find = (what) => section.querySelector(what);
    this.#audio = find("audio");
    this.#slider = find(".wave");
    this.#play = find(".play");
    this.#at = find(".at");
    this.#begin = Date.parse(section.dataset.started) - Date.parse(section.dataset.call);
    this.#wave = new Wave(find("canvas"), Number(this.#slider.ariaValueMax));
    this.#listen(find("[role=alert]"));
    this.#speeds(find(".speed"));
    for (const button of section.querySelectorAll("[data-skip]")) {
      button.addEventListener("click", () => this.seek(this.#now() + Number(button.dataset.skip)));
    }
    this.#play.addEventListener("click", () => this.toggle());
    this.#slider.addEventListener("keydown", (event) => this.#key(event));
    this.#slider.addEventListener("pointerdown", (event) => this.#point(event));
    this.#load(section.dataset.recording);
  }

  /** Whether it was recording then, in ms after the call's begin. */
  has(after) {
    const at = (after - this.#begin) / 1000;
    return at >= 0 && at <= this.#long();
  }

  /** The call's moments, in ms after its begin. */
  mark(all) {
    this.#wave.mark(all.map((after) => (after - this.#begin) / 1000));
  }

  /** To a moment of the call; what comes before the recording is its begin. */
  jump(after) {
    this.seek((after - this.#begin) / 1000);
    this.#slider.focus();
  }

  /** To this second. */
  seek(to) {
    const at = Math.min(Math.max(0, to), this.#long());
    if (this.#audio.readyState > 0) this.#audio.currentTime = at;
    else this.#wanted = at;
    this.#show(at);
  }

  toggle() {
    if (this.#audio.paused) this.#audio.play().catch(() => {});
    else this.#audio.pause();
  }

  #now() {
    return this.#wanted ?? this.#audio.currentTime;
  }

  #long() {
    return Number.isFinite(this.#audio.duration) ? this.#audio.duration : Number(this.#slider.ariaValueMax);
  }

  async #load(recording) {
    const answer = await fetch(`/api/v1/recordings/${recording}/peaks`).catch(() => null);
    if (answer?.ok) this.#wave.take(await answer.json());
  }

  #listen(fault) {
    const audio = this.#audio;
    const on = (events, then) => events.forEach((name) => audio.addEventListener(name, then));
    on(["play", "pause", "ended"], () => {
      this.#play.ariaPressed = String(!audio.paused);
      say(this.#play, t(audio.paused ? "calls.play" : "calls.pause"));
      if (!audio.paused) this.#follow();
    });
    on(["timeupdate", "seeked"], () => this.#show(this.#now()));
    // Where somebody stops or goes stands in the address, so that it can be sent to somebody.
    on(["pause", "seeked"], () => history.replaceState(null, "", `#t=${Math.floor(audio.currentTime)}`));
    on(["loadedmetadata"], () => {
      if (this.#wanted === null) return;
      audio.currentTime = this.#wanted;
      this.#wanted = null;
    });
    on(["error"], () => (fault.hidden = false));
    if (audio.error) fault.hidden = false;
  }

  /** The line moves with each frame while it plays: the browser tells the time four times a second only. */
  #follow() {
    if (this.#audio.paused) return;
    this.#wave.at(this.#audio.currentTime);
    requestAnimationFrame(() => this.#follow());
  }

  #speeds(select) {
    const kept = localStorage.getItem(SPEED);
    if ([...select.options].some((option) => option.value === kept)) select.value = kept;
    const set = () => (this.#audio.playbackRate = this.#audio.defaultPlaybackRate = Number(select.value));
    select.addEventListener("change", () => {
      localStorage.setItem(SPEED, select.value);
      set();
    });
    set();
  }

  #key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const { key } = event;
    if (key in STEPS) this.seek(this.#now() + STEPS[key]);
    else if (key === "Home") this.seek(0);
    else if (key === "End") this.seek(this.#long());
    else if (key === " " || key === "Enter") this.toggle();
    else return;
    event.preventDefault();
  }

  #point(event) {
    const box = this.#slider.getBoundingClientRect();
    this.seek(((event.clientX - box.left) / box.width) * this.#long());
  }

  #show(at) {
    this.#wave.at(at);
    const text = length(at * 1000);
    this.#slider.ariaValueNow = String(Math.floor(at));
    this.#slider.ariaValueText = text;
    say(this.#at, text);
  }
}
