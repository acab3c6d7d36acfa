// Chromium, driven by a test: one order a line comes in as JSON, and one answer a line goes out.
// node browser.mjs FOLDER_WITH_NODE_MODULES CHROMIUM [FLAGS OF CHROMIUM]

import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { readFileSync } from "node:fs";

const [folder, executablePath, ...flags] = process.argv.slice(2);
const require = createRequire(`${folder}/`);
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

const browser = await chromium.launch({
  executablePath,
  // Playwright's own habit is to play everything: here a page sounds when a browser in earnest would let it.
  ignoreDefaultArgs: ["--mute-audio", "--autoplay-policy=no-user-gesture-required"],
  args: ["--no-sandbox", "--disable-dev-shm-usage", ...flags],
});
let context, page;
const tabs = [];

async function tab(nth) {
  if (!tabs[nth]) {
    tabs[nth] = await context.newPage();
    tabs[nth].on("console", (message) => message.type() === "error" && errors.push(message.text()));
    tabs[nth].on("pageerror", (error) => errors.push(error.message));
  }
  return tabs[nth];
}

const errors = [];

const orders = {
  /** A browser that nobody has used before. */
  async begin({ width, height, scheme, locale }) {
    await context?.close();
    errors.length = 0;
    const viewport = { width, height };
    context = await browser.newContext({ viewport, colorScheme: scheme ?? "light", locale: locale ?? "en-GB" });
    tabs.length = 0;
    page = await tab(0);
  },
  /** From now on in another tab of the same browser. */
  async tab({ nth }) {
    page = await tab(nth);
    await page.bringToFront();
  },
  async click({ on }) {
    await page.click(on, { timeout: 10_000 });
  },
  async reload() {
    await page.reload();
  },
  async go({ url }) {
    const answer = await page.goto(url);
    return answer.status();
  },
  /** What an expression is, in the page. */
  async look({ what }) {
    return await page.evaluate(what);
  },
  /** Waits until an expression is true. */
  async until({ what, ms }) {
    // Asked from outside: the pages' own policy lets nothing be evaluated in them.
    for (const end = Date.now() + ms; !(await page.evaluate(what)); ) {
      if (Date.now() > end) throw new Error(`not within ${ms} ms`);
      await new Promise((done) => setTimeout(done, 50));
    }
  },
  async type({ into, text }) {
    await page.fill(into, text);
  },
  async choose({ of, value }) {
    await page.selectOption(of, value);
  },
  /** Presses a key, by what it is called on an English keyboard. */
  async press({ key }) {
    await page.keyboard.press(key);
  },
  async size({ width, height }) {
    await page.setViewportSize({ width, height });
  },
  async shot({ path }) {
    await page.screenshot({ path });
  },
  /** What axe finds by the WCAG, A and AA. */
  async axe() {
    await page.evaluate(axe);
    const { violations } = await page.evaluate((tags) => window.axe.run({ runOnly: tags }), TAGS);
    return violations.map(({ id, impact, nodes }) => ({ id, impact, at: nodes.slice(0, 4).map((node) => node.target.join(" ")) }));
  },
  async errors() {
    return errors;
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { order, ...more } = JSON.parse(line);
  try {
    console.log(JSON.stringify({ done: (await orders[order](more)) ?? null }));
  } catch (error) {
    console.log(JSON.stringify({ failed: String(error) }));
  }
}
await browser.close();
