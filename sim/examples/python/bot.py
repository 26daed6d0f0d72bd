"""A bot that counts: `add 2 3` is answered with `5`, anything else with what it understands.

It listens for webhooks on a port and answers through the API, with Python's own library alone:

    WAHA_BASE_URL=http://localhost:3000 WAHA_API_KEY=secret python3 bot.py 8000
"""

import http.server
import json
import os
import sys
import urllib.request


def answer(text):
    """Returns what the bot says to a text."""
    match text.split():
        case ["add", *numbers] if numbers and all(number.isdecimal() for number in numbers):
            return str(sum(map(int, numbers)))
        case _:
            return "I understand: add 2 3"


class Api:
    """WAHA, at a base URL and with a key."""

    def __init__(self, url, key):
        self.url, self.key = url, key

    def send_text(self, session, chat, text, reply_to):
        """Sends a reply. Raises `OSError` if the server cannot be reached or refuses it."""
        body = {"session": session, "chatId": chat, "text": text, "reply_to": reply_to}
        headers = {"Content-Type": "application/json", "X-Api-Key": self.key}
        request = urllib.request.Request(self.url + "/api/sendText", data=json.dumps(body).encode(), headers=headers)
        with urllib.request.urlopen(request, timeout=30) as response:
            response.read()


class Webhook(http.server.BaseHTTPRequestHandler):
    """Takes deliveries of events."""

    def do_POST(self):
        event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        message = event.get("payload", {})
        if event.get("event") == "message" and not message["fromMe"] and message.get("body"):
            try:
                text = answer(message["body"])
                self.server.api.send_text(event["session"], message["from"], text, message["id"])
            except OSError as error:
                # The server delivers the event again, and the bot answers then.
                print(f"cannot answer: {error}", file=sys.stderr)
                self.reply(503)
                return
        self.reply(200)

    def reply(self, status):
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Bot(http.server.ThreadingHTTPServer):
    """Listens on a port of this machine, 0 for a free one."""

    def __init__(self, port, api):
        super().__init__(("127.0.0.1", port), Webhook)
        self.api = api


if __name__ == "__main__":
    Bot(int(sys.argv[1]), Api(os.environ["WAHA_BASE_URL"], os.environ.get("WAHA_API_KEY", ""))).serve_forever()
