// Tests of the bot against a stand-in for WAHA, which runs as a process of its own: `cargo install waha-sim`, or
// `WAHA_SIM` names the program.

import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, test } from "node:test";

import { createBot, type Api } from "./bot.js";

const ADA = "11111111111@c.us";
const SCRIPT = "../ada.yaml"; // from the folder of package.json, where npm runs this

interface Sent {
  chat: string;
  text: string;
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

/** Waits until Ada has got so many texts from the bot, and returns them. */
async function sent(count: number): Promise<Sent[]> {
  await control("GET", `sent?wait=10&since=${count - 1}`);
  const texts = (await control("GET", "sent")) as Sent[];
  assert.equal(texts.length, count);
  return texts;
}

test("numbers are added", async () => {
  await receive("add 2 3");
  const [text] = await sent(1);
  assert.deepEqual([text?.chat, text?.text], [ADA, "5"]);
  const requests = (await control("GET", "requests")) as { violations: string[] }[];
  assert.deepEqual(requests.map(({ violations }) => violations), [[]]); // as the API's document says
});

test("other texts are answered with a hint", async () => {
  await receive("Hello");
  const [text] = await sent(1);
  assert.match(text?.text ?? "", /add 2 3/);
});

test("an answer that is refused is sent again", async () => {
  await control("POST", "faults", { on: "chatting_send_text", times: 1, bad_gateway: true });
  await receive("add 1 1");
  assert.deepEqual((await sent(1)).map(({ text }) => text), ["2"]);
});
