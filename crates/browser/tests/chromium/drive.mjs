// Drives Chromium for the test, which says what to do, a line of JSON each, and reads what came of it. No flag about
// autoplay: what a browser in earnest would not play without a click is not played here either.

import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const [packages, chromium, tone, ...flags] = process.argv.slice(2);
const { chromium: browsers } = createRequire(packages + '/')('playwright-core');

const browser = await browsers.launch({
  executablePath: chromium,
  headless: true,
  // Playwright's own habit is to play everything.
  ignoreDefaultArgs: ['--mute-audio', '--autoplay-policy=no-user-gesture-required'],
  args: [
    '--no-sandbox',
    '--use-fake-device-for-media-stream',
    '--use-fake-ui-for-media-stream',
    `--use-file-for-fake-audio-capture=${tone}`,
    ...flags,
  ],
});
const context = await browser.newContext();
const said = [];
const tabs = [];

/** The tab of that number, which is opened when it is asked for first. */
const tab = async (number) => {
  if (!tabs[number]) {
    tabs[number] = await context.newPage();
    tabs[number].on('console', (message) => said.push(`${number}: ${message.text()}`));
    tabs[number].on('pageerror', (error) => said.push(`${number}: ${error}`));
  }
  return tabs[number];
};

/** What takes longer than this does not end. */
const within = (promise, what) => {
  const late = new Promise((_, reject) => setTimeout(() => reject(new Error(`no end of ${what}`)), 20_000).unref());
  return Promise.race([promise, late]);
};

const deeds = {
  open: (page, { url }) => page.goto(url),
  reload: (page) => page.reload(),
  click: (page, { what }) => page.click(what),
  ask: (page, { script }) => page.evaluate(script),
  said: () => said,
};

for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line);
  try {
    const result = await within(deeds[order.do](await tab(order.tab), order), line);
    const told = order.do !== 'ask' && order.do !== 'said' ? null : (result ?? null);
    console.log(JSON.stringify({ told }));
  } catch (error) {
    console.log(JSON.stringify({ error: String(error), said }));
  }
}
await browser.close();
