// What a page asks of the switch about its voice, over the socket of its state, and what it is told. One question waits for
// its answer at a time; while the socket is away a question waits for that, too: the sound may well be there all the time.

/** How long a question may go without an answer, the time for another socket included. */
const PATIENCE = 10_000;

export class Signal {
  #live;
  #number = 0;
  #open = null;
  #before = Promise.resolve();
  /** The page's number: the switch keeps the newest. */
  epoch = null;
  /** Whoever sits here takes the voice over from another page. */
  take = false;

  constructor(live) {
    this.#live = live;
    live.addEventListener("voice", ({ detail }) => {
      if (detail.id !== undefined && detail.id === this.#open?.id) this.#open.answered(detail);
    });
  }

  /** A new connection. */
  async attach({ sdp }) {
    const answer = await this.#ask(() => ({ ask: "voice.attach", epoch: this.epoch, take: this.take, sdp }));
    this.take = false;
    this.epoch = answer.epoch;
    return answer;
  }

  /** The same one on another network. */
  restart({ sdp }) {
    return this.#ask(() => ({ ask: "voice.restart", epoch: this.epoch, sdp }));
  }

  /** Another socket for the same one. */
  resume() {
    return this.#ask(() => ({ ask: "voice.resume", epoch: this.epoch }));
  }

  /** @param {"answer" | "end" | "leave"} what @param {string} [leg] */
  wish(what, leg) {
    return this.#live.send({ ask: `voice.${what}`, epoch: this.epoch, leg });
  }

  /** What is asked is made when its turn comes: the answer before it may have given the page another number. */
  #ask(question) {
    const asked = this.#before.then(() => this.#answer(question()));
    this.#before = asked.catch(() => {});
    return asked;
  }

  async #answer(question) {
    const until = performance.now() + PATIENCE;
    const id = ++this.#number;
    while (!this.#live.send({ ...question, id })) {
      if (performance.now() > until) throw new Error("no socket");
      await new Promise((done) => setTimeout(done, 100));
    }
    const answer = await new Promise((answered) => {
      const late = setTimeout(() => answered({ why: "late" }), Math.max(until - performance.now(), 1000));
      this.#open = { id, answered: (detail) => (clearTimeout(late), answered(detail)) };
    });
    this.#open = null;
    if (!answer.why) return answer;
    throw Object.assign(new Error(answer.why), { why: answer.why, superseded: answer.why === "superseded" });
  }
}
