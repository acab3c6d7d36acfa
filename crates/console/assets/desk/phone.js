// The voice of the page, where it has one: beside a desk phone it has none, and the phone has the sound. Whoever gives the page a
// voice puts its own functions here.

export const phone = {
  /** What it can: functions, or null where the desk phone does it. */
  answer: null,
  mute: null,
  keys: null,
  /** Whether it is mute. */
  muted: false,
};
