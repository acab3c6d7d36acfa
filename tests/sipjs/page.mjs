// Pages with SIP.js in Chromium: node page.mjs PACKAGES CHROMIUM OPTIONS. OPTIONS is JSON: user, password, host and server
// (wss://ADDRESS:PORT), and `writes`, whom it answers. What happens is told line by line on the standard output, as JSON.
//
// A page of another site is turned away first. Then bob's page registers, writes back what it is written, and refuses who
// calls.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import path from "node:path";

const [packages, executablePath, options] = process.argv.slice(2);
const require = createRequire(path.join(packages, "package.json"));
const { chromium } = require("playwright-core");
const library = path.join(packages, "node_modules", "sip.js");

// The switch of a test is on loopback, which pages of a site may not reach unasked.
const free = "--disable-features=LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets,PrivateNetworkAccessChecks";
const flags = ["--no-sandbox", "--disable-dev-shm-usage", "--ignore-certificate-errors", free];
const browser = await chromium.launch({ executablePath, args: flags });
const say = (event) => console.log(JSON.stringify(event));

/** A page of a site, which has the library beside it. */
async function open(site) {
  const page = await browser.newPage({ ignoreHTTPSErrors: true });
  await page.exposeFunction("say", say);
  await page.route(`${site}/**`, (route) => {
    const name = new URL(route.request().url()).pathname;
    if (!name.startsWith("/lib/")) return route.fulfill({ contentType: "text/html", body: "<!doctype html><title>p</title>" });
    return route.fulfill({ contentType: "text/javascript", body: readFileSync(path.join(library, path.normalize(name))) });
  });
  await page.goto(`${site}/`);
  return page;
}

/** In the page. */
async function talk({ user, password, host, server, writes }) {
  const { Messager, Registerer, RegistererState, UserAgent } = await import("/lib/index.js");
  const agent = new UserAgent({
    uri: UserAgent.makeURI(`sip:${user}@${host}`),
    transportOptions: { server, connectionTimeout: 5 },
    authorizationUsername: user,
    authorizationPassword: password,
    logBuiltinEnabled: false,
    delegate: {
      onMessage: async (message) => {
        await message.accept();
        say({ event: "message", text: message.request.body });
        await new Messager(agent, UserAgent.makeURI(writes), `heard ${message.request.body}`).message();
      },
      onInvite: async (invitation) => {
        say({ event: "invited", by: invitation.remoteIdentity.uri.user });
        await invitation.reject({ statusCode: 486 });
      },
    },
  });
  try {
    await agent.start();
  } catch (error) {
    return say({ event: "turned away" });
  }
  const registerer = new Registerer(agent);
  registerer.stateChange.addListener((state) => state === RegistererState.Registered && say({ event: "registered" }));
  await registerer.register();
}

const wishes = JSON.parse(options);
await (await open("https://evil.example")).evaluate(talk, wishes);
await (await open("https://phone.example.org")).evaluate(talk, wishes);
process.stdin.resume();
process.stdin.on("end", () => browser.close().then(() => process.exit(0)));
