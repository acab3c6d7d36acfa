// The wave of a recording on a canvas: a row for each side, the call's moments as lines through both, and where it plays. Its
// colours are the page's own, whatever scheme that is in.

/** Height of a row, in CSS pixels. */
const ROW = 56;

export class Wave {
  #canvas;
  #seconds;
  #peaks = null;
  #marks = [];
  #at = 0;
  #planned = false;

  constructor(canvas, seconds) {
    this.#canvas = canvas;
    this.#seconds = seconds || 1;
    new ResizeObserver(() => this.#plan()).observe(canvas.parentElement);
    for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) {
      matchMedia(query).addEventListener("change", () => this.#plan());
    }
  }

  take(peaks) {
    this.#peaks = peaks;
    this.#seconds = peaks.duration_ms / 1000 || 1;
    this.#canvas.dataset.drawn = "true";
    this.#plan();
  }

  mark(seconds) {
    this.#marks = seconds;
    this.#plan();
  }

  at(second) {
    this.#at = second;
    this.#plan();
  }

  #plan() {
    if (this.#planned) return;
    this.#planned = true;
    requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    this.#planned = false;
    const { width } = this.#canvas.parentElement.getBoundingClientRect();
    const scale = devicePixelRatio || 1;
    const [wide, high] = [Math.round(width * scale), Math.round(2 * ROW * scale)];
    if (this.#canvas.width !== wide) this.#canvas.width = wide;
    if (this.#canvas.height !== high) this.#canvas.height = high;
    const pen = this.#canvas.getContext("2d");
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, width, 2 * ROW);
    const style = getComputedStyle(this.#canvas);
    const colour = (name) => style.getPropertyValue(name).trim() || style.color;
    const x = (second) => (second / this.#seconds) * width;
    const rows = this.#peaks?.tracks.slice(0, 2) ?? [];
    rows.forEach((track, row) => this.#row(pen, track, row, width, [colour("--wave-before"), colour("--wave")]));
    pen.fillStyle = colour("--wave-mark");
    for (const mark of this.#marks) if (mark >= 0 && mark <= this.#seconds) pen.fillRect(x(mark) - 0.5, 0, 1, 2 * ROW);
    pen.fillStyle = colour("--wave-at");
    pen.fillRect(Math.min(x(this.#at), width - 2) - 1, 0, 2, 2 * ROW);
  }

  /** What was played already has another colour. */
  #row(pen, { low, high }, row, width, [before, behind]) {
    const [middle, half] = [row * ROW + ROW / 2, ROW / 2 - 3];
    const played = (this.#at / this.#seconds) * width;
    // Speech is far below the loudest that there is: the root shows it.
    const tall = (value) => Math.sign(value) * Math.sqrt(Math.abs(value) / 128) * half;
    for (let x = 0; x < width; x += 2) {
      const [from, to] = [x, x + 2].map((edge) => Math.floor((edge / width) * low.length));
      let [least, most] = [0, 0];
      for (let n = from; n < Math.max(to, from + 1) && n < low.length; n += 1) {
        least = Math.min(least, low[n]);
        most = Math.max(most, high[n]);
      }
      pen.fillStyle = x < played ? before : behind;
      const top = middle - tall(most);
      pen.fillRect(x, top, 1.5, Math.max(1, middle - tall(least) - top));
    }
  }
}
