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
const page = await (await browser.newContext()).newPage();
const said = [];
page.on('console', (message) => said.push(message.text()));
page.on('pageerror', (error) => said.push(String(error)));

const deeds = {
  open: ({ url }) => page.goto(url),
  reload: () => page.reload(),
  click: ({ what }) => page.click(what),
  ask: ({ script }) => page.evaluate(script),
  said: () => said,
};

for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line);
  try {
    const result = await deeds[order.do](order);
    const told = order.do !== 'ask' && order.do !== 'said' ? null : (result ?? null);
    console.log(JSON.stringify({ told }));
  } catch (error) {
    console.log(JSON.stringify({ error: String(error), said }));
  }
}
await browser.close();
