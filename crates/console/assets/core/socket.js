// The state's socket: it comes back by itself, and says how old what is shown is. No timer decides anything: a browser may
// hold them back in a tab that nobody sees, so each message and each return to the tab is judged, too.

const WAITS = [0, 250, 500, 1000, 2000, 5000];
/** The switch says something each 5 s. */
const STALE = 7000;
const DEAD = 12000;

/** @fires frame @fires voice @fires fresh - `detail` is `{state: "live"|"connecting"|"stale"|"signed_out", age}` */
export class Live extends EventTarget {
  #socket = null;
  #tries = 0;
  #heard = 0;
  #state = "connecting";
  #again = 0;

  start() {
    this.#connect();
    document.addEventListener("visibilitychange", () => this.#judge());
    for (const sign of ["online", "pageshow", "resume"]) window.addEventListener(sign, () => this.#judge());
    setInterval(() => this.#judge(), 1000);
  }

  /** Says something to the switch; false: there is no socket at the moment. */
  send(word) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(word));
    return true;
  }

  #connect() {
    clearTimeout(this.#again);
    const address = new URL("/api/v1/live", location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = new WebSocket(address);
    this.#socket = socket;
    const begun = performance.now();
    socket.addEventListener("message", (message) => this.#hear(socket, message.data));
    socket.addEventListener("close", () => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      if (performance.now() - begun > DEAD) this.#tries = 0;
      this.#come_back();
    });
  }

  async #come_back() {
    const wait = WAITS[Math.min(this.#tries++, WAITS.length - 1)];
    clearTimeout(this.#again);
    this.#again = setTimeout(() => this.#connect(), wait * (1 + Math.random() / 4));
    this.#judge();
    // A socket is not told why it is refused; a request is.
    const answer = this.#tries > 1 ? await fetch("/api/v1/boards?limit=1").catch(() => null) : null;
    if (answer?.status === 401) this.#say("signed_out", 0);
  }

  #hear(socket, text) {
    if (this.#socket !== socket) return;
    this.#heard = performance.now();
    const frame = JSON.parse(text);
    if (frame.frame === "snapshot") {
      this.#tries = 0;
      if (frame.assets !== document.documentElement.dataset.assets) return location.reload();
    }
    const kind = frame.frame.startsWith("voice.") ? "voice" : "frame";
    this.dispatchEvent(new CustomEvent(kind, { detail: frame }));
    if (kind === "voice") return;
    this.#say("live", 0);
  }

  #judge() {
    if (!this.#heard) return;
    const age = performance.now() - this.#heard;
    if (age > DEAD && this.#socket?.readyState === WebSocket.OPEN) {
      const socket = this.#socket;
      this.#socket = null;
      socket.close();
      this.#come_back();
    }
    if (age > STALE && this.#state !== "signed_out") this.#say("stale", age);
  }

  #say(state, age) {
    this.#state = state;
    this.dispatchEvent(new CustomEvent("fresh", { detail: { state, age } }));
  }
}
