import { createBot } from "./bot.js";

const { WAHA_BASE_URL: url = "http://localhost:3000", WAHA_API_KEY: key = "" } = process.env;
createBot({ url, key }).listen(Number(process.argv[2] ?? 8000), "127.0.0.1");
