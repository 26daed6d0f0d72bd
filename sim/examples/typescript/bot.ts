// A bot that counts: `add 2 3` is answered with `5`, anything else with what it understands.
//
// It listens for webhooks on a port and answers through the API, with what Node.js brings alone:
//
//     npm test && WAHA_BASE_URL=http://localhost:3000 WAHA_API_KEY=secret node dist/main.js 8000

import { createServer, type IncomingMessage, type Server } from "node:http";

/** Where WAHA is, and the key for it. */
export interface Api {
  url: string;
  key: string;
}

/** What the bot reads of an event. */
interface Event {
  event: string;
  session: string;
  payload?: { id: string; from: string; fromMe: boolean; body?: string | null };
}

/** Returns what the bot says to a text. */
export function answer(text: string): string {
  const [command, ...numbers] = text.trim().split(/\s+/);
  if (command === "add" && numbers.length > 0 && numbers.every((number) => /^\d+$/.test(number))) {
    return String(numbers.reduce((sum, number) => sum + BigInt(number), 0n));
  }
  return "I understand: add 2 3";
}

/** Sends a reply. Rejects if the server cannot be reached or refuses it. */
async function sendText(api: Api, session: string, chatId: string, text: string, replyTo: string): Promise<void> {
  const response = await fetch(`${api.url}/api/sendText`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Api-Key": api.key },
    body: JSON.stringify({ session, chatId, text, reply_to: replyTo }),
    signal: AbortSignal.timeout(30_000),
  });
  if (!response.ok) {
    throw new Error(`${response.status}: ${await response.text()}`);
  }
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString();
}

async function handle(api: Api, { event, session, payload }: Event): Promise<void> {
  if (event === "message" && payload?.body && !payload.fromMe) {
    await sendText(api, session, payload.from, answer(payload.body), payload.id);
  }
}

/** Returns a server that takes deliveries of events. A delivery that fails is answered with 503, and WAHA repeats it. */
export function createBot(api: Api): Server {
  return createServer((request, response) => {
    read(request)
      .then((body) => handle(api, JSON.parse(body) as Event))
      .then(
        () => response.writeHead(200).end(),
        (error: unknown) => {
          console.error(`cannot answer: ${String(error)}`);
          response.writeHead(503).end();
        },
      );
  });
}
