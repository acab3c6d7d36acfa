// The voice of a page: microphone, connection, ring and lock held together. It says in which state it is and whether it rings
// or talks; what is shown of that is another's.
//
//   off        nobody has begun
//   beginning  the microphone is asked for, or the connection is made
//   on         calls ring here
//   lost       there is no sound at the moment; it comes back by itself
//   blocked    the browser wants a click before the caller is heard
//   elsewhere  another page has the voice: this one commands, and has no sound
//   denied, none, insecure, failed   why it could not begin

import { Microphone } from "./devices.js";
import { Leg } from "./leg.js";
import { holdVoice, voiceIsFree } from "./lock.js";
import { Signal } from "./signal.js";
import { Level, Ring, begin } from "./sounds.js";

/** Where a tab keeps the number of its page while it loads anew. */
const KEPT = "strowger-voice";
/** The page before this one lets go of the lock within so long. */
const LETS_GO = 1000;

/** @fires change */
export class Voice extends EventTarget {
  state = "off";
  /** The leg that rings, and the one that talks; null: none does. */
  ringing = null;
  talking = null;
  #signal;
  #audio;
  #leg = null;
  #release = null;
  #microphone = new Microphone();
  #ring = new Ring();
  level = new Level();

  constructor(live, audio) {
    super();
    this.#audio = audio;
    this.#signal = new Signal(live);
    live.addEventListener("voice", ({ detail }) => this.#hear(detail));
    live.addEventListener("frame", ({ detail }) => detail.frame === "snapshot" && this.#resume());
    this.#microphone.addEventListener("changed", () => this.#microphone_changed());
  }

  get muted() {
    return this.#microphone.muted;
  }

  set muted(muted) {
    this.#microphone.muted = muted;
    this.#changed();
  }

  get is_on() {
    return ["on", "lost", "blocked"].includes(this.state);
  }

  /** This tab had the voice before it loaded anew: then it goes on without a click. */
  async go_on() {
    for (const sign of ["pointerdown", "keydown"]) document.addEventListener(sign, begin, { once: true });
    const epoch = Number(sessionStorage.getItem(KEPT));
    if (!epoch) return;
    this.#signal.epoch = epoch;
    this.#is("beginning");
    await Promise.race([voiceIsFree(), new Promise((done) => setTimeout(done, LETS_GO))]);
    await this.start(false);
  }

  /** @param {boolean} take from whichever page has it */
  async start(take) {
    if (this.is_on) return;
    begin();
    if (!navigator.mediaDevices) return this.#is("insecure");
    this.#is("beginning");
    const lost = () => this.#let_go("elsewhere");
    this.#release ??= await holdVoice({ steal: take, lost });
    if (!this.#release) return this.#elsewhere();
    const track = await this.#open_microphone();
    if (!track) return;
    this.#signal.take = take;
    this.#leg = this.#make_leg();
    // Nobody hears the microphone between calls: it is open, and nothing of it is sent.
    await this.#leg.open(null).then(() => sessionStorage.setItem(KEPT, String(this.#signal.epoch)), (error) => this.#failed(error));
  }

  stop() {
    this.#signal.wish("leave");
    this.#let_go("off");
  }

  answer() {
    begin();
    if (this.ringing !== null) this.#signal.wish("answer", this.ringing);
  }

  /** Declines, or hangs up. */
  end() {
    const leg = this.ringing ?? this.talking;
    if (leg !== null) this.#signal.wish("end", leg);
  }

  keys(keys) {
    this.#leg?.press(keys);
  }

  /** From a click, where the state is blocked. */
  async play() {
    begin();
    await this.#leg?.play().then(() => this.#is("on"), () => {});
  }

  async #open_microphone() {
    let denied = false;
    const no = () => (denied = true);
    this.#microphone.addEventListener("denied", no, { once: true });
    const track = this.#microphone.alive ? this.#microphone.track : await this.#microphone.open();
    this.#microphone.removeEventListener("denied", no);
    if (!track) this.#let_go(denied ? "denied" : "none");
    return track;
  }

  #make_leg() {
    const leg = new Leg({ signal: this.#signal, audio: this.#audio, epoch: 0 });
    const states = { up: "on", lost: "lost", blocked: "blocked" };
    for (const [event, state] of Object.entries(states)) leg.addEventListener(event, () => leg === this.#leg && this.#is(state));
    leg.addEventListener("superseded", () => leg === this.#leg && this.#let_go("elsewhere"));
    return leg;
  }

  #failed(error) {
    const elsewhere = error?.why === "taken" || error?.superseded;
    this.#let_go(elsewhere ? "elsewhere" : "failed");
  }

  #elsewhere() {
    this.#is("elsewhere");
    voiceIsFree().then(() => this.state === "elsewhere" && this.#is("off"));
  }

  #let_go(state) {
    this.#leg?.close();
    this.#leg = null;
    this.#microphone.close();
    this.#release?.();
    this.#release = null;
    this.#signal.epoch = null;
    sessionStorage.removeItem(KEPT);
    this.#quiet();
    this.#is(state);
  }

  /** The socket is another one: the switch is to know that the page is the same. */
  async #resume() {
    const leg = this.#leg;
    if (!leg || this.#signal.epoch === null) return;
    try {
      await this.#signal.resume();
    } catch (error) {
      if (leg !== this.#leg) return;
      if (error.superseded) return leg.supersede();
      if (error.why === "unknown") await leg.open(this.#spoken()).catch((/** @type {any} */ why) => this.#failed(why));
    }
  }

  #hear({ frame, leg }) {
    if (frame === "voice.ring") {
      this.ringing = leg;
      this.#ring.start();
    } else if (frame === "voice.talk") {
      this.#ring.stop();
      [this.ringing, this.talking] = [null, leg];
      this.#speak();
    } else if (frame === "voice.quiet" && [this.ringing, this.talking].includes(leg)) {
      this.#quiet();
    } else if (frame === "voice.superseded") {
      return this.#leg?.supersede();
    }
    this.#changed();
  }

  #quiet() {
    this.#ring.stop();
    this.ringing = this.talking = null;
    this.#microphone.muted = false;
    this.#speak();
  }

  /** What the caller hears: the microphone in a call, and nothing between calls. */
  #spoken() {
    return this.talking === null ? null : this.#microphone.track;
  }

  #speak() {
    if (!this.#leg) return;
    this.#leg.expectsSound = this.talking !== null;
    this.#leg.speakInto(this.#spoken());
  }

  #microphone_changed() {
    this.level.of(this.#microphone.track);
    this.#speak();
    this.#changed();
  }

  #is(state) {
    this.state = state;
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
