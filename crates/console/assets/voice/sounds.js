// What the page itself sounds like and measures: its ring, and how loud the microphone is. One AudioContext for both, which a
// browser lets sound once somebody has clicked.

/** Two tones, as a telephone's bell, on for so long of each period, in seconds. */
const TONES = [440, 480];
const RINGS = 1;
const PERIOD = 3;
const LOUD = 0.12;

let context = null;

/** From a click, where the browser asks for one. */
export function begin() {
  context ??= new AudioContext();
  context.resume().catch(() => {});
}

export class Ring {
  #nodes = null;

  get rings() {
    return this.#nodes !== null;
  }

  start() {
    if (this.#nodes || !context) return;
    const loud = context.createGain();
    loud.gain.value = 0;
    loud.connect(context.destination);
    const tones = TONES.map((hertz) => new OscillatorNode(context, { frequency: hertz }));
    // All of it is told to the audio thread at once: a hidden tab's timers may come once a minute.
    for (let nth = 0; nth < 60; nth += 1) {
      const at = context.currentTime + nth * PERIOD;
      loud.gain.setTargetAtTime(LOUD, at, 0.02);
      loud.gain.setTargetAtTime(0, at + RINGS, 0.02);
    }
    for (const tone of tones) {
      tone.connect(loud);
      tone.start();
    }
    this.#nodes = [...tones, loud];
  }

  stop() {
    for (const node of this.#nodes ?? []) node.disconnect();
    this.#nodes = null;
  }
}

export class Level {
  #source = null;
  #analyser = null;
  #samples = new Float32Array(512);

  /** @param {MediaStreamTrack | null} track */
  of(track) {
    this.#source?.disconnect();
    this.#source = null;
    if (!track || !context) return;
    this.#analyser ??= new AnalyserNode(context, { fftSize: 512 });
    this.#source = context.createMediaStreamSource(new MediaStream([track]));
    this.#source.connect(this.#analyser);
  }

  /** From 0, silence, to 1: decibels, since ears hear so. */
  read() {
    if (!this.#source) return 0;
    this.#analyser.getFloatTimeDomainData(this.#samples);
    const power = this.#samples.reduce((sum, sample) => sum + sample * sample, 0) / this.#samples.length;
    return power < 1e-6 ? 0 : Math.min(1, (10 * Math.log10(power) + 60) / 60);
  }
}
