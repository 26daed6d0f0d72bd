// Tests of the bot against a stand-in for WAHA, which runs as a process of its own: `cargo install waha-sim`, or
// `WAHA_SIM` names the program.

import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { createBot, type Api } from "./bot.js";

const ADA = "11111111111@c.us";
const SCRIPT = "../ada.yaml"; // from the folder of package.json, where npm runs this

interface Recorded {
  path: string;
  body: string;
  violations: string[];
}

const api: Api = { url: "", key: "secret" };
let bot: Server;
let sim: ChildProcess;

beforeEach(async () => {
  bot = createBot(api).listen(0, "127.0.0.1");
  await once(bot, "listening");
  const webhook = `http://127.0.0.1:${(bot.address() as AddressInfo).port}/`;
  const program = process.env["WAHA_SIM"] ?? "waha-sim";
  const options = ["--port", "0", "--script", SCRIPT, "--webhook", webhook, "--api-key", api.key];
  sim = spawn(program, options, { stdio: ["ignore", "pipe", "inherit"] });
  assert(sim.stdout);
  // All of its log is read, so that it does not fill the pipe.
  const [first] = (await once(createInterface(sim.stdout), "line")) as [string];
  api.url = first.replace("Listening on ", "");
});

afterEach(async () => {
  sim.kill();
  await once(sim, "exit");
  bot.close();
  bot.closeAllConnections();
});

/** Calls the stand-in's control API. */
async function control(method: string, path: string, body?: object): Promise<unknown> {
  const headers = { "X-Api-Key": api.key };
  const response = await fetch(`${api.url}/__sim/${path}`, { method, headers, body: body && JSON.stringify(body) });
  const text = await response.text();
  assert(response.ok, text);
  return text === "" ? undefined : JSON.parse(text);
}

/** Lets Ada write to the bot. */
async function receive(text: string): Promise<void> {
  await control("POST", "receive", { session: "default", from: ADA, text });
}

/** Waits until the bot has sent so many texts, and returns them with what differs from the API's document. */
async function sent(count: number): Promise<{ chatId: string; text: string; violations: string[] }[]> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const requests = (await control("GET", "requests")) as Recorded[];
    const texts = requests.filter(({ path }) => path === "/api/sendText");
    if (texts.length >= count) {
      return texts.map(({ body, violations }) => ({ ...JSON.parse(body), violations }));
    }
    assert(Date.now() < deadline, `${count} texts are expected, there are ${texts.length}`);
    await sleep(20);
  }
}

test("numbers are added", async () => {
  await receive("add 2 3");
  const [text] = await sent(1);
  assert.deepEqual([text?.chatId, text?.text, text?.violations], [ADA, "5", []]);
});

test("other texts are answered with a hint", async () => {
  await receive("Hello");
  const [text] = await sent(1);
  assert.match(text?.text ?? "", /add 2 3/);
});

test("an answer that is refused is sent again", async () => {
  await control("POST", "faults", { on: "chatting_send_text", times: 1, bad_gateway: true });
  await receive("add 1 1");
  assert.deepEqual((await sent(2)).map(({ text }) => text), ["2", "2"]);
});
