"""Tests of the bot against a stand-in for WAHA, which runs as a process of its own.

    cargo install waha-sim
    python3 -m unittest

`WAHA_SIM` names the program if it is not in the `PATH`.
"""

import json
import os
import pathlib
import subprocess
import threading
import unittest
import urllib.request

import bot

ADA = "11111111111@c.us"
SCRIPT = pathlib.Path(__file__).parent.parent / "ada.yaml"


class BotTest(unittest.TestCase):
    def setUp(self):
        # The bot, on a free port. It learns below where the stand-in is.
        self.server = bot.Bot(0, bot.Api("", "secret"))
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        # The stand-in, which sends its events to the bot.
        webhook = f"http://127.0.0.1:{self.server.server_port}/"
        command = [os.environ.get("WAHA_SIM", "waha-sim"), "--port", "0", "--script", SCRIPT, "--webhook", webhook]
        self.sim = subprocess.Popen([*command, "--api-key", "secret"], stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.sim.stdout.close)
        self.addCleanup(self.sim.wait)
        self.addCleanup(self.sim.terminate)
        self.url = self.sim.stdout.readline().strip().removeprefix("Listening on ")
        self.server.api.url = self.url
        # Nobody reads its log any more, and it must not fill the pipe.
        threading.Thread(target=self.sim.stdout.read, daemon=True).start()

    def control(self, method, path, body=None):
        """Calls the stand-in's control API."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"X-Api-Key": "secret"}
        request = urllib.request.Request(f"{self.url}/__sim/{path}", data=data, headers=headers, method=method)
        with urllib.request.urlopen(request, timeout=10) as response:
            text = response.read()
        return json.loads(text) if text else None

    def receive(self, text):
        """Lets Ada write to the bot."""
        self.control("POST", "receive", {"session": "default", "from": ADA, "text": text})

    def sent(self, count):
        """Waits until Ada has got so many texts from the bot, and returns them."""
        self.control("GET", f"sent?wait=10&since={count - 1}")
        texts = self.control("GET", "sent")
        self.assertEqual(len(texts), count)
        return texts

    def test_numbers_are_added(self):
        self.receive("add 2 3")
        [sent] = self.sent(1)
        self.assertEqual((sent["chat"], sent["text"]), (ADA, "5"))

    def test_other_texts_are_answered_with_a_hint(self):
        self.receive("Hello")
        [sent] = self.sent(1)
        self.assertIn("add 2 3", sent["text"])

    def test_an_answer_that_is_refused_is_sent_again(self):
        self.control("POST", "faults", {"on": "chatting_send_text", "times": 1, "bad_gateway": True})
        self.receive("add 1 1")
        self.assertEqual([text["text"] for text in self.sent(1)], ["2"])
        self.assertEqual(len(self.control("GET", "requests")), 2)

    def test_requests_are_as_the_document_says(self):
        self.receive("add 1 1")
        self.sent(1)
        self.assertEqual([request["violations"] for request in self.control("GET", "requests")], [[]])


if __name__ == "__main__":
    unittest.main()
