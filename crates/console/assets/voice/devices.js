// The microphone: opened once, kept open, and found again where it was pulled out or came back dead from sleep. Muting never
// stops it: a headset that changes its profile loses a second of speech, and some never come back.
//
//   changed   `track` is another one now (give it to the leg), or null: there is none
//   denied    the browser, or its user, does not let us

/** Devices come and go in bursts. */
const BURST = 500;

export class Microphone extends EventTarget {
  /** @type {MediaStreamTrack | null} */ track = null;
  #muted = false;
  /** @type {{label: string, group: string} | null} */ #wanted = null;
  #burst = 0;
  #opening = false;

  constructor() {
    super();
    this.look = () => this.#look();
    navigator.mediaDevices?.addEventListener('devicechange', () => {
      clearTimeout(this.#burst);
      this.#burst = setTimeout(this.look, BURST);
    });
    for (const event of ['visibilitychange', 'resume']) document.addEventListener(event, this.look);
  }

  get muted() {
    return this.#muted;
  }

  set muted(muted) {
    this.#muted = muted;
    if (this.track) this.track.enabled = !muted;
  }

  /** Opens the one that was used before, else the one that the system prefers. */
  async open() {
    this.#opening = true;
    try {
      await this.#take(await this.#find());
    } catch (error) {
      const name = /** @type {Error} */ (error).name;
      if (name === 'NotAllowedError' || name === 'SecurityError') this.dispatchEvent(new Event('denied'));
      this.#set(null);
    } finally {
      this.#opening = false;
    }
    return this.track;
  }

  close() {
    this.track?.stop();
    this.#set(null);
  }

  /** Whether the one that is open can be heard at all. */
  get alive() {
    return this.track !== null && this.track.readyState === 'live' && !this.track.muted;
  }

  /** Ids change from day to day: a device is known by its name and its case. */
  async #find() {
    const wanted = this.#wanted;
    if (!wanted) return undefined;
    const inputs = (await navigator.mediaDevices.enumerateDevices()).filter((device) => device.kind === 'audioinput');
    return inputs.find((device) => device.label === wanted.label && device.groupId === wanted.group)?.deviceId;
  }

  /** @param {string | undefined} id */
  async #take(id) {
    const cleaning = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
    const audio = { ...cleaning, ...(id ? { deviceId: { exact: id } } : {}) };
    const [track] = (await navigator.mediaDevices.getUserMedia({ audio })).getAudioTracks();
    const { groupId } = track.getSettings();
    this.#wanted ??= { label: track.label, group: groupId ?? '' };
    this.#set(track);
  }

  /** @param {MediaStreamTrack | null} track */
  #set(track) {
    const former = this.track;
    if (former === track) return;
    this.track = track;
    if (former) former.onended = former.onmute = null;
    former?.stop();
    if (track) {
      track.enabled = !this.#muted;
      track.onended = track.onmute = this.look;
    }
    this.dispatchEvent(new Event('changed'));
  }

  /** A device went, came, or came back without a sound. */
  async #look() {
    if (this.#opening || !this.track || this.alive) return;
    await this.open();
  }
}
