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
        self.room = self.other = ""
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
            case "/wait":
                response.say("One moment, please.")
                response.pause(length=2)
                response.redirect("/wait?again=1")
            case "/room":
                dial = response.dial(action="/left")
                dial.conference(
                    self.room, start_conference_on_enter=False, end_conference_on_exit=True, beep=False,
                    wait_url="/wait", participant_label="person", status_callback="/conference",
                    status_callback_event="start end join leave mute hold modify", record="record-from-start",
                    recording_status_callback="/conference-recording")
            case "/whisper":
                with response.gather(num_digits=1, timeout=5, action="/accept") as gather:
                    gather.say("An order.")
            case "/accept":
                response.dial(hangup_on_star=True).conference(self.room, beep="onEnter", participant_label="agent")
            case "/transfer":
                response.dial(self.other, action="/after", caller_id=FROM, timeout=20)
            case "/inbound":
                response.say("Welcome.")
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
        stays = {"talks": [{"hangs_up_after_seconds": None}], "ring_seconds": 1}
        person = self.number(6, {"human": stays})
        agent = self.number(7, {"human": {**stays, "replies": [{"press": {"keys": "1"}}]}})
        outside = self.number(8, {"human": {**stays, "talks": [{"hangs_up_after_seconds": 10}]}})
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
            self.a_conference(person, agent, outside)
            self.a_transfer(getter, outside)
            self.a_call_in(person)
            self.events(engaged)
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

    def events(self, number):
        that = self.checks.that
        call = self.ended(self.place(number))
        that("a call's events are not there at once", self.client.calls(call.sid).events.list() == [])
        before = control(self.network_url, "GET", "/config")["speed"]
        control(self.network_url, "PATCH", "/config", {"speed": 10_000})
        events = until(lambda: self.client.calls(call.sid).events.list(page_size=1))
        control(self.network_url, "PATCH", "/config", {"speed": before})
        created = events[0].request
        that("but fifteen minutes later: the request that created it first",
             (created["method"], created["parameters"]["to"], created["parameters"]["status_callback"]) ==
             ("POST", number, f"{self.hooks.url}/status"), created)
        that("then what was asked of us, page by page, and what we answered",
             {event.request["url"] for event in events[1:]} == {f"{self.hooks.url}/status"} and
             events[-1].request["parameters"]["call_status"] == "busy" and
             events[-1].response["response_code"] == 200, [event.request for event in events])

    def told(self, path, **about):
        return [hook["params"] for hook in self.hooks.to(path)
                if all(hook["params"].get(name) == value for name, value in about.items())]

    def a_conference(self, person, agent, outside):
        that, refused = self.checks.that, self.checks.refused
        self.hooks.room = f"room-{self.base}"
        person_call = self.place(person, url=f"{self.hooks.url}/room")
        that("whoever waits hears what the wait URL says", until(lambda: len(self.hooks.to("/wait")) > 1))
        rooms = self.client.conferences.list(friendly_name=self.hooks.room)
        that("a conference is listed by name and not begun", [room.status for room in rooms] == ["init"], rooms)
        room = rooms[0]
        agent_call = self.place(agent, url=f"{self.hooks.url}/whisper")
        that("with the second it is in progress", until(lambda: room.fetch().status == "in-progress"), room.status)
        that("its dates parse", isinstance(room.fetch().date_created, datetime), room.date_created)
        people = room.participants.list()
        that("both are participants", {p.label for p in people} == {"person", "agent"} and
             all(p.status == "connected" for p in people), [(p.label, p.status) for p in people])
        both = {(person_call.sid, agent_call.sid), (agent_call.sid, person_call.sid)}
        hearing = lambda: {tuple(pair) for pair in control(self.network_url, "GET", "/hearing")}  # noqa: E731
        that("they hear each other", both <= hearing(), hearing())
        muted = room.participants(agent_call.sid).update(muted=True)
        that("a participant is muted", muted.muted is True and (agent_call.sid, person_call.sid) not in hearing())
        held = room.participants("person").update(muted=False, hold=True, hold_url=f"{self.hooks.url}/menu")
        that("and one held, by label", held.hold is True and not both & hearing(), hearing())
        that("that nobody may hear keys and a prompt on hold is an alert",
             until(lambda: [a for a in control(self.network_url, "GET", "/alerts") if a["code"] == 13238]))
        room.participants("person").update(hold=False)
        room.participants("agent").update(muted=False)
        coach = room.participants.create(
            from_=FROM, to=outside, label="coach", call_sid_to_coach=agent_call.sid, beep="false",
            start_conference_on_enter=False, end_conference_on_exit=False,
            status_callback=f"{self.hooks.url}/coach", status_callback_event=["answered", "completed"])
        that("a participant is called into it", coach.status == "queued" and coach.coaching is True, coach.status)
        until(lambda: room.participants(coach.call_sid).fetch().status == "connected")
        heard = {pair for pair in hearing() if pair[0] == coach.call_sid}
        that("whom the coached alone hears", heard == {(coach.call_sid, agent_call.sid)}, heard)
        that("coaches are listed", [p.label for p in room.participants.list(coaching=True)] == ["coach"])
        refused("a label taken is 16025", 400, 16025,
                lambda: room.participants.create(from_=FROM, to=outside, label="agent"))
        refused("an unknown participant is 20404", 404, 20404,
                lambda: room.participants("nobody").fetch())
        refused("coaching nobody who is there is 13240", 400, 13240,
                lambda: room.participants("coach").update(coaching=True, call_sid_to_coach="CA" + "0" * 32))
        that("a participant is removed", room.participants("coach").delete())
        until(lambda: self.told("/coach", CallStatus="completed"))
        room.participants("agent").update(end_conference_on_exit=True)
        self.client.calls(agent_call.sid).update(status="completed")
        until(lambda: room.fetch().status == "completed")
        room = room.fetch()
        that("it ends with whoever ends it", room.reason_conference_ended ==
             "participant-with-end-conference-on-exit-left", room.reason_conference_ended)
        that("through that call", room.call_sid_ending_conference == agent_call.sid)
        that("the person's dialling is over, too", until(lambda: self.told("/left"))[0]["DialCallStatus"] == "answered")
        told = until(lambda: self.told("/conference", StatusCallbackEvent="conference-end")
                     and self.told("/conference"))
        events = [event["StatusCallbackEvent"] for event in told]
        that("every event is told once and in order", events == [
            "participant-join", "participant-join", "conference-start", "participant-mute", "participant-hold",
            "participant-unhold", "participant-unmute", "participant-join", "participant-leave", "participant-modify",
            "participant-leave", "participant-leave", "conference-end"]
             and [int(event["SequenceNumber"]) for event in told] == list(range(1, len(told) + 1)), events)
        told = until(lambda: self.told("/conference-recording"))
        recording = room.recordings.list()[0]
        that("its recording is told of and parses", told[0]["RecordingSid"] == recording.sid
             and recording.conference_sid == room.sid and int(recording.duration) > 0, told)
        refused("a participant of what is over is 20404", 404, 20404,
                lambda: room.participants(agent_call.sid).update(muted=True))

    def a_transfer(self, number, other):
        that = self.checks.that
        self.hooks.other = other
        parent = self.ended(self.place(number, url=f"{self.hooks.url}/transfer"))
        children = self.client.calls.list(parent_call_sid=parent.sid)
        that("a dialled call has its parent", [(c.to, c.direction) for c in children] == [(other, "outbound-dial")],
             children)
        after = until(lambda: self.told("/after"))
        that("the action tells of it", (after[0]["DialCallStatus"], after[0]["DialBridged"],
             after[0]["DialCallSid"]) == ("completed", "true", children[0].sid), after)

    def a_call_in(self, person):
        that = self.checks.that
        own = f"+1628{self.base}0"
        number = self.client.incoming_phone_numbers.create(phone_number=own, voice_url=f"{self.hooks.url}/long")
        number = number.update(voice_url=f"{self.hooks.url}/inbound")
        that("a number says where calls go", number.voice_url == f"{self.hooks.url}/inbound", number.voice_url)
        that("numbers are listed", [n.sid for n in self.client.incoming_phone_numbers.list(phone_number=own)]
             == [number.sid])
        sid = control(self.network_url, "POST", "/calls", {"from": person, "to": own})["sid"]
        call = self.ended(self.client.calls(sid).fetch())
        that("a call comes in", (call.direction, call.status) == ("inbound", "completed"), call.direction)
        that("and is asked for while it rings", self.told("/inbound", CallSid=sid)[0]["CallStatus"] == "ringing")
        heard = control(self.network_url, "GET", f"/calls/{sid}/heard")
        that("what was heard on it can be read", [h["content"] for h in heard] == ["Welcome."], heard)
        self.checks.refused("a number that is taken is 21422", 400, 21422,
                            lambda: self.client.incoming_phone_numbers.create(phone_number=own))

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
