// The page's end of its leg: one RTCPeerConnection that carries one line of G.711 both ways for as long as the page lives.
// It knows neither calls nor buttons. What it asks of the switch goes through `signal`; what it finds out it tells as events:
//
//   up        there is sound, or there is again
//   lost      there is none at the moment; the leg tries again by itself for as long as it is open
//   blocked   the browser wants a click or a key before it plays (call `play` from there)
//   superseded another page has taken the leg over; this one has let go of it
//
// Nothing here is decided by a timer of the page alone: a hidden page's timers may come once a minute.

import { Flow } from './stats.js';

/** How long a connection may be called disconnected before it is begun anew, in milliseconds. */
const PATIENCE = 1000;
/** Between two attempts: at once, then a little later each time. */
const PAUSES = [0, 250, 500, 1000, 2000, 5000];

/**
 * What the switch is asked, and answers. Where a newer page has the leg it rejects with an error whose `superseded` is true.
 * @typedef {object} Signal
 * @property {(offer: {epoch: number, sdp: string}) => Promise<{sdp: string}>} attach a new leg, in place of any before
 * @property {(offer: {epoch: number, sdp: string}) => Promise<{sdp: string}>} restart the same leg on another network
 */

export class Leg extends EventTarget {
  /** @type {RTCPeerConnection | null} */ #connection = null;
  /** @type {MediaStreamTrack | null} */ #track = null;
  /** @type {RTCRtpSender | null} */ #sender = null;
  #flow = new Flow();
  #attempts = 0;
  #mending = false;
  #up = false;
  #closed = false;
  #since = 0;
  #again = 0;

  /**
   * @param {object} options
   * @param {Signal} options.signal
   * @param {HTMLAudioElement} options.audio where the other side is heard
   * @param {number} options.epoch grows with each page of this user: the switch keeps the newest
   */
  constructor({ signal, audio, epoch }) {
    super();
    this.signal = signal;
    this.audio = audio;
    this.epoch = epoch;
    /** Whether the switch sends now: then silence of two seconds is a fault. */
    this.expectsSound = false;
    this.onlife = () => this.#look(true);
    // On another network nothing comes any more, long before the connection notices.
    this.onnetwork = () => this.#connection && this.#mend();
    addEventListener('online', this.onnetwork);
    /** @type {any} */ (navigator).connection?.addEventListener('change', this.onnetwork);
    addEventListener('pageshow', this.onlife);
    document.addEventListener('visibilitychange', this.onlife);
    this.clock = setInterval(() => this.#look(false), 500);
  }

  /** @param {MediaStreamTrack | null} track the microphone; null, and the page only listens */
  async open(track) {
    this.#track = track;
    await this.#begin();
  }

  /** Another microphone, without another offer. @param {MediaStreamTrack | null} track */
  async speakInto(track) {
    this.#track = track;
    await this.#sender?.replaceTrack(track);
  }

  /** Sends keys as the telephone-events that they are. @param {string} keys of 0-9, *, #, A-D */
  press(keys) {
    this.#sender?.dtmf?.insertDTMF(keys, 100, 70);
  }

  /** What the browser calls it. */
  get state() {
    return this.#connection?.connectionState ?? 'closed';
  }

  /** From a click or a key, where the browser asked for one. */
  async play() {
    await this.audio.play();
  }

  /** The connection's figures, once. */
  async figures() {
    return this.#connection ? this.#flow.read(this.#connection) : null;
  }

  close() {
    this.#closed = true;
    clearInterval(this.clock);
    clearTimeout(this.#again);
    removeEventListener('online', this.onnetwork);
    /** @type {any} */ (navigator).connection?.removeEventListener('change', this.onnetwork);
    removeEventListener('pageshow', this.onlife);
    document.removeEventListener('visibilitychange', this.onlife);
    this.#connection?.close();
    this.#connection = null;
    this.audio.srcObject = null;
  }

  /** The switch says that another page has the leg now. */
  supersede() {
    this.close();
    this.dispatchEvent(new Event('superseded'));
  }

  async #begin() {
    this.#connection?.close();
    const connection = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
    this.#connection = connection;
    this.#flow = new Flow();
    const transceiver = connection.addTransceiver(this.#track ?? 'audio', { direction: 'sendrecv' });
    transceiver.setCodecPreferences(g711());
    this.#sender = transceiver.sender;
    connection.ontrack = ({ track }) => this.#hear(track);
    connection.onconnectionstatechange = () => this.#look(false);
    await this.#offer('attach');
  }

  /** @param {'attach' | 'restart'} how */
  async #offer(how) {
    const connection = /** @type {RTCPeerConnection} */ (this.#connection);
    await connection.setLocalDescription(await connection.createOffer({ iceRestart: how === 'restart' }));
    // The switch needs no candidates of ours: it answers where it is asked from.
    const sdp = /** @type {RTCSessionDescription} */ (connection.localDescription).sdp;
    const answer = await this.signal[how]({ epoch: this.epoch, sdp });
    if (connection === this.#connection) await connection.setRemoteDescription({ type: 'answer', sdp: answer.sdp });
  }

  /** @param {MediaStreamTrack} track */
  async #hear(track) {
    this.audio.srcObject = new MediaStream([track]);
    try {
      await this.audio.play();
    } catch (error) {
      if (/** @type {Error} */ (error).name === 'NotAllowedError') this.dispatchEvent(new Event('blocked'));
    }
  }

  /** Looks how the connection is, and mends it. @param {boolean} changed the page was hidden, frozen or asleep */
  async #look(changed) {
    const connection = this.#connection;
    if (!connection || this.#closed) return;
    const state = connection.connectionState;
    const silent = this.expectsSound && state === 'connected' && (await this.#flow.silent(connection));
    if (connection !== this.#connection) return;
    if (state === 'connected' && !silent) return this.#well();
    const now = performance.now();
    this.#since ||= now;
    const impatient = changed || silent || now - this.#since > PATIENCE;
    if (state === 'closed' || state === 'failed' || (state !== 'new' && impatient)) await this.#mend();
  }

  #well() {
    this.#since = 0;
    this.#attempts = 0;
    if (!this.#up) this.dispatchEvent(new Event('up'));
    this.#up = true;
  }

  /** Tries the same connection on another network first; where the switch has forgotten it, a new one. */
  async #mend() {
    if (this.#mending || this.#closed) return;
    this.#mending = true;
    if (this.#up && this.#connection?.connectionState !== 'connected') this.dispatchEvent(new Event('lost'));
    this.#up = false;
    try {
      await this.#offer('restart');
      this.#flow = new Flow();
    } catch (error) {
      if (/** @type {any} */ (error).superseded) return this.supersede();
      const failed = await this.#begin().catch((/** @type {any} */ reason) => reason);
      if (failed?.superseded) return this.supersede();
    }
    const pause = PAUSES[Math.min(++this.#attempts, PAUSES.length - 1)] * (1 + Math.random() / 4);
    this.#again = setTimeout(() => {
      this.#mending = false;
      this.#since = 0;
      this.#look(false);
    }, Math.max(pause, PATIENCE));
  }
}

/** What the switch hands on without turning it into something else, and keys. */
function g711() {
  const names = ['audio/pcma', 'audio/pcmu', 'audio/telephone-event'];
  const place = (/** @type {RTCRtpCodec} */ codec) => names.indexOf(codec.mimeType.toLowerCase());
  const known = RTCRtpReceiver.getCapabilities('audio')?.codecs ?? [];
  return known.filter((codec) => codec.clockRate === 8000 && place(codec) >= 0).sort((a, b) => place(a) - place(b));
}
