#!/usr/bin/env python3
"""Twilio's own SDK as the referee of the simulated network.

    python referee.py --network-url http://127.0.0.1:4680 --account SID:TOKEN
    WORLD=.carillon/world.json python referee.py

Places calls with the SDK, reads them back, has errors raised, receives webhooks and validates the signature of
every one. Prints a line per check and ends with status 1 if one fails. Only its own numbers are scripted; the
network's settings are put back.
"""
import argparse
import io
import json
import os
import random
import sys
import threading
import time
import urllib.request
import wave
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client
from twilio.twiml.voice_response import VoiceResponse

FROM = "+15005550006"
EVENTS = ["initiated", "ringing", "answered", "completed"]


class Checks:
    def __init__(self):
        self.passed = self.failed = 0

    def that(self, fact, holds, shown=""):
        holds = bool(holds)
        self.passed += holds
        self.failed += not holds
        print(f"{'ok    ' if holds else 'FAILED'} {fact}{'' if holds else f': {shown!r}'}", flush=True)

    def refused(self, fact, status, code, action):
        try:
            self.that(fact, False, action())
        except TwilioRestException as error:
            self.that(fact, (error.status, error.code) == (status, code), (error.status, error.code, error.msg))


class Redirected(TwilioHttpClient):
    """The SDK's client, sent to another address than Twilio's."""

    def __init__(self, network_url):
        super().__init__()
        self.network_url = network_url

    def request(self, method, url, *rest, **named):
        return super().request(method, url.replace("https://api.twilio.com", self.network_url), *rest, **named)


class Many(dict):
    """Parameters as web frameworks hand them to the validator."""

    def getlist(self, name):
        return self[name]


class Receiver:
    """Answers webhooks with TwiML made by the SDK, and keeps and validates them."""

    def __init__(self, token):
        self.validator = RequestValidator(token)
        self.stranger = RequestValidator(token[::-1] + "x")
        self.requests = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                self.handle_hook({})

            def do_POST(self):
                length = int(self.headers.get("Content-Length", 0))
                body = self.rfile.read(length).decode()
                self.handle_hook(parse_qs(body, keep_blank_values=True))

            def handle_hook(self, params):
                url = f"http://{self.headers['Host']}{self.path}"
                answer = receiver.take(self.command, url, Many(params), self.headers).encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/xml")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, method, url, params, headers):
        signature = headers.get("X-Twilio-Signature", "")
        tampered = Many({**params, "Digits": ["999"]})
        self.requests.append({
            "method": method,
            "path": urlsplit(url).path,
            "query": parse_qs(urlsplit(url).query),
            "params": {name: values[-1] for name, values in params.items()},
            "valid": self.validator.validate(url, params, signature),
            "forged": self.validator.validate(url, tampered, signature)
            or self.validator.validate(url + "&x", params, signature)
            or self.stranger.validate(url, params, signature),
            "token": headers.get("I-Twilio-Idempotency-Token", ""),
        })
        response = VoiceResponse()
        match urlsplit(url).path:
            case "/menu":
                with response.gather(num_digits=1, timeout=5, action="/key?step=1") as gather:
                    gather.say("Press 1 to be called back. Für Grüße drücken Sie 2.", language="de-DE")
                response.say("Goodbye.")
            case "/key":
                response.say("Thank you.")
                response.hangup()
            case "/long":
                response.pause(length=3600)
        return str(response)

    def to(self, path):
        return [request for request in self.requests if request["path"] == path]


def control(network_url, method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{network_url}/_network{path}", data, headers, method=method)
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


def until(condition, seconds=60):
    """What a condition gives once it gives anything; the last it gave when time is up."""
    deadline = time.monotonic() + seconds
    while not (result := condition()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return result


class Referee:
    def __init__(self, network_url, sid, token):
        self.checks = Checks()
        self.network_url = network_url
        self.sid = sid
        self.client = Client(sid, token, http_client=Redirected(network_url))
        self.stranger = Client(sid, "wrong", http_client=Redirected(network_url))
        self.hooks = Receiver(token)
        # Numbers of nobody else.
        self.base = random.randrange(100_000, 999_999)
        self.script = {}

    def number(self, ordinal, *behaviours):
        number = f"+1415{self.base}{ordinal}"
        self.script[number] = list(behaviours)
        return number

    def place(self, to, **more):
        url = {} if "twiml" in more else {"url": f"{self.hooks.url}/menu"}
        status = {"status_callback": f"{self.hooks.url}/status", "status_callback_event": EVENTS}
        return self.client.calls.create(to=to, from_=FROM, **{**url, **status, **more})

    def ended(self, call):
        over = ["completed", "busy", "failed", "no-answer", "canceled"]
        until(lambda: call.fetch().status in over)
        return call.fetch()

    def run(self):
        presser = self.number(1, {"human": {"replies": [{"press": {"keys": "1"}}]}})
        machine = self.number(2, {"voicemail": {"greeting_seconds": 6}})
        engaged = self.number(3, "busy")
        patient = self.number(4, {"human": {"ring_seconds": 1}})
        getter = self.number(5, {"human": {}})
        before = control(self.network_url, "GET", "/config")
        settings = {"calls_per_second": 0, "speed": max(before["speed"], 30), "script": {"numbers": self.script}}
        control(self.network_url, "PATCH", "/config", settings)
        try:
            self.a_call(presser)
            self.a_machine(machine)
            self.a_busy_line(engaged)
            self.steering(patient)
            self.webhooks_by_get(getter)
            self.lists(presser)
            self.refusals(engaged)
            self.limit(engaged)
            self.signatures()
        finally:
            restored = {name: before[name] for name in ("calls_per_second", "speed")}
            gone = {"script": {"numbers": {number: None for number in self.script}}}
            control(self.network_url, "PATCH", "/config", {**restored, **gone})

    def a_call(self, number):
        that = self.checks.that
        call = self.place(number, record=True, recording_status_callback=f"{self.hooks.url}/recording")
        that("a created call is queued", call.status == "queued" and call.sid.startswith("CA"), call.status)
        that("its direction and dates parse", call.direction == "outbound-api" and
             isinstance(call.date_created, datetime), call.date_created)
        call = self.ended(call)
        that("it is completed", call.status == "completed", call.status)
        that("its times and duration parse", isinstance(call.end_time, datetime) and int(call.duration) > 0,
             (call.end_time, call.duration))
        that("its price parses", float(call.price) < 0 and call.price_unit == "USD", call.price)
        told = until(lambda: [hook["params"] for hook in self.hooks.to("/status")
                              if hook["params"]["CallSid"] == call.sid][3:] and self.hooks.to("/status"))
        told = [hook["params"] for hook in told if hook["params"]["CallSid"] == call.sid]
        that("four events are reported in order",
             [event["CallStatus"] for event in told] == ["initiated", "ringing", "in-progress", "completed"], told)
        that("sequence numbers count from 0",
             [event["SequenceNumber"] for event in told] == ["0", "1", "2", "3"], told)
        that("the pressed key reaches the action, in a relative address with its query",
             [(hook["params"]["Digits"], hook["query"]) for hook in self.hooks.to("/key")] ==
             [("1", {"step": ["1"]})], self.hooks.to("/key"))
        recording = until(lambda: self.client.recordings.list(call_sid=call.sid))[0]
        that("the recording parses", int(recording.duration) > 0 and recording.status == "completed",
             recording.duration)
        with urllib.request.urlopen(f"{self.network_url}{recording.uri.removesuffix('.json')}.wav") as sound:
            with wave.open(io.BytesIO(sound.read())) as file:
                seconds = file.getnframes() / file.getframerate()
        that("its sound is as long as it says", round(seconds) == int(recording.duration), seconds)
        that("the recording is reported", until(lambda: self.hooks.to("/recording"))
             and self.hooks.to("/recording")[0]["params"]["RecordingSid"] == recording.sid)

    def a_machine(self, number):
        that = self.checks.that
        call = self.ended(self.place(number, machine_detection="DetectMessageEnd"))
        that("detection waits for the beep", call.answered_by == "machine_end_beep", call.answered_by)
        asked = [hook["params"] for hook in self.hooks.to("/menu") if hook["params"]["CallSid"] == call.sid]
        that("and tells the instructions", [hook.get("AnsweredBy") for hook in asked] == ["machine_end_beep"], asked)
        call = self.ended(self.place(number, machine_detection="Enable", async_amd="true",
                                     async_amd_status_callback=f"{self.hooks.url}/amd"))
        told = until(lambda: self.hooks.to("/amd"))
        that("asynchronous detection calls back", told and told[0]["params"]["AnsweredBy"] == "machine_start", told)

    def a_busy_line(self, number):
        call = self.ended(self.place(number))
        self.checks.that("an engaged line is busy", (call.status, call.duration) == ("busy", "0"), call.status)

    def steering(self, number):
        that = self.checks.that
        call = self.place(number, url=f"{self.hooks.url}/long")
        until(lambda: call.fetch().status == "in-progress")
        call.update(twiml="<Response><Pause length='3600'/></Response>")
        that("a live call is redirected", call.fetch().status == "in-progress", call.status)
        call.update(status="completed")
        that("and ended", self.ended(call).status == "completed")
        self.checks.refused("an ended call cannot be redirected", 400, 21220,
                            lambda: call.update(twiml="<Response/>"))

    def webhooks_by_get(self, number):
        call = self.ended(self.place(number, method="GET", status_callback_method="GET"))
        gets = [hook for hook in self.hooks.requests if hook["method"] == "GET"]
        self.checks.that("webhooks by GET carry their parameters in the query",
                         gets and all(hook["query"]["CallSid"] == [call.sid] for hook in gets), gets)

    def lists(self, number):
        that = self.checks.that
        self.ended(self.place(number))
        found = self.client.calls.list(to=number)
        that("calls are listed by number", len(found) == 2 and all(call.to == number for call in found), found)
        paged = self.client.calls.list(to=number, page_size=1)
        that("page by page as well", [call.sid for call in paged] == [call.sid for call in found], paged)
        now = datetime.now(timezone.utc)
        recent = self.client.calls.list(to=number, start_time_after=now - timedelta(minutes=30))
        that("those since a time", len(recent) == 2, recent)
        future = self.client.calls.list(to=number, start_time_after=now + timedelta(days=1))
        that("and none of the future", future == [], future)
        that("by status", len(self.client.calls.list(to=number, status="completed")) == 2)

    def refusals(self, number):
        refused = self.checks.refused
        hook = f"{self.hooks.url}/menu"
        create = self.client.calls.create
        refused("a wrong token is 20003", 401, 20003, lambda: self.stranger.calls.create(number, FROM, url=hook))
        refused("an invalid number is 21211", 400, 21211, lambda: create("12345", FROM, url=hook))
        refused("an invalid caller is 21212", 400, 21212, lambda: create(number, "nobody", url=hook))
        refused("a missing URL is 21205", 400, 21205, lambda: create(number, FROM))
        refused("a bad URL is 21205", 400, 21205, lambda: create(number, FROM, url="nonsense"))
        refused("an unreachable number is 21214", 400, 21214, lambda: create("+15005550002", FROM, url=hook))
        refused("a bad timeout is 21208", 400, 21208, lambda: create(number, FROM, url=hook, timeout=601))
        refused("an unknown call is 20404", 404, 20404, lambda: self.client.calls("CA" + "0" * 32).fetch())
        other = "AC" + "f" * 32
        refused("another account is 20003", 401, 20003,
                lambda: self.client.api.accounts(other).calls.create(number, FROM, url=hook))

    def limit(self, number):
        control(self.network_url, "PATCH", "/config", {"calls_per_second": 1})
        place = lambda: self.place(number)  # noqa: E731
        time.sleep(1.1)
        place()
        self.checks.refused("a second call within the second is 20429", 429, 20429, place)

    def signatures(self):
        time.sleep(0.5)
        hooks = self.hooks.requests
        invalid = [hook["path"] for hook in hooks if not hook["valid"]]
        self.checks.that(f"the SDK accepts the signatures of all {len(hooks)} webhooks", hooks and not invalid, invalid)
        forged = [hook["path"] for hook in hooks if hook["forged"]]
        self.checks.that("and refuses each when it is tampered with", not forged, forged)
        tokens = {hook["token"] for hook in hooks}
        self.checks.that("every webhook has an idempotency token of its own", len(tokens) == len(hooks))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network-url")
    parser.add_argument("--account", help="SID:TOKEN")
    given = parser.parse_args()
    if not given.network_url and "WORLD" in os.environ:
        with open(os.environ["WORLD"], encoding="utf-8") as file:
            world = json.load(file)
        tenant = world["tenants"][0]
        return world["network_url"].rstrip("/"), tenant["account_sid"], tenant["auth_token"]
    if not given.network_url:
        parser.error("--network-url or the environment's WORLD is needed")
    sid, token = (given.account or f"AC{1:032x}:{1:032x}").split(":")[:2]
    return given.network_url.rstrip("/"), sid, token


def main():
    referee = Referee(*arguments())
    try:
        referee.run()
    except Exception as error:  # One line for what broke the game off; the score still counts.
        referee.checks.that("the referee gets to the end", False, f"{type(error).__name__}: {error}")
    checks = referee.checks
    print(f"{checks.passed} passed, {checks.failed} failed")
    sys.exit(checks.failed > 0)


if __name__ == "__main__":
    main()
