// The voice of the page, where its agent has one, as the desk uses and shows it. Beside a desk phone the page has none, and the
// phone has the sound.

import { say } from "../core/dom.js";
import { t } from "../core/words.js";
import { Voice } from "../voice/voice.js";

export const phone = {
  /** What it can at the moment: functions, or null where the desk phone does it. */
  answer: null,
  decline: null,
  mute: null,
  keys: null,
  /** Whether it is mute. */
  muted: false,
  /** Whether calls ring here. */
  here: false,
};

const at = (id) => document.getElementById(id);
/** How often the level of the microphone is shown, in milliseconds. */
const SHOWN = 100;
/** What a press of the button does in each state. */
const DOES = { off: "start", elsewhere: "take", denied: "again", none: "again", failed: "again", blocked: "hear", on: "stop", lost: "stop" };

function text_of(voice) {
  if (voice.state !== "on") return t(`voice.${voice.state}`);
  if (voice.talking === null) return t("voice.idle");
  return t(voice.muted ? "voice.muted" : "voice.talking");
}

function paint(voice) {
  const does = DOES[voice.state];
  const button = at("voice-do");
  button.disabled = does === undefined || (does === "stop" && voice.talking !== null);
  button.dataset.does = does ?? "";
  say(button, t(`voice.do_${does ?? "start"}`));
  at("voice").dataset.state = voice.state;
  say(at("voice-is"), text_of(voice));
}

function offer(voice) {
  const rings = voice.is_on && voice.ringing !== null;
  const talks = voice.is_on && voice.talking !== null;
  phone.here = voice.is_on;
  phone.muted = voice.muted;
  phone.answer = rings ? () => voice.answer() : null;
  phone.decline = rings ? () => voice.end() : null;
  phone.mute = talks ? (muted) => (voice.muted = muted) : null;
  phone.keys = talks ? (keys) => voice.keys(keys) : null;
}

/** Begins, where the page has a place for it. @param changed called when what the phone can is something else */
export function begin_voice(live, changed) {
  if (!at("voice-do")) return;
  const voice = new Voice(live, at("heard"));
  voice.addEventListener("change", () => {
    offer(voice);
    paint(voice);
    changed();
  });
  at("voice-do").addEventListener("click", ({ currentTarget }) => {
    const does = currentTarget.dataset.does;
    if (does === "stop") return voice.stop();
    if (does === "hear") return voice.play();
    voice.start(does === "take");
  });
  paint(voice);
  const level = at("level").firstElementChild;
  setInterval(() => {
    if (!document.hidden) level.style.transform = `scaleX(${voice.level.read().toFixed(2)})`;
  }, SHOWN);
  voice.go_on();
}
