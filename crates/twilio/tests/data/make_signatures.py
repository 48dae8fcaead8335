#!/usr/bin/env python3
"""Writes signatures.json: requests, signed and judged by Twilio's own SDK (pip install twilio==9.13.0).

    python make_signatures.py > signatures.json

Each case is what a server would see, and the SDK's verdict on it. Run it again when the SDK changes its mind.
"""
import hashlib
import json
import sys

from twilio import __version__
from twilio.request_validator import RequestValidator

TOKEN = "0123456789abcdef0123456789abcdef"
CALL = {
    "CallSid": "CA00000000000000000000000000000001",
    "AccountSid": "AC00000000000000000000000000000001",
    "From": "+15005550001",
    "To": "+15005550006",
    "CallStatus": "in-progress",
}


class Many(dict):
    """A form whose parameters may repeat, as web frameworks hand it to the SDK."""

    def getlist(self, name):
        return self[name]


validator = RequestValidator(TOKEN)
cases = []


def judge(name, url, params, signature, body=None):
    """`params` are name -> list of values."""
    handed = body if body is not None else Many(params)
    cases.append({
        "name": name,
        "url": url,
        "params": [[key, value] for key, values in params.items() for value in values],
        "body": body,
        "signature": signature,
        "valid": validator.validate(url, handed, signature),
    })


def signed(name, url, params, seen_url=None, seen_params=None):
    params = {key: value if isinstance(value, list) else [value] for key, value in params.items()}
    seen = params if seen_params is None else {k: v if isinstance(v, list) else [v] for k, v in seen_params.items()}
    judge(name, seen_url or url, seen, validator.compute_signature(url, Many(params)))


BASE = "https://voice.example.com/twilio/voice/acme.cmp_1.con_2.1/answer"
signed("a call", BASE, CALL)
signed("no parameters", BASE, {})
signed("a query", BASE + "?round=1&x=%20%2B", CALL)
signed("empty values", BASE, CALL | {"Digits": "", "ForwardedFrom": ""})
signed("sorted by case", BASE, {"b": "1", "B": "2", "a": "3", "A": "4", "_": "5", "aB": "6", "ab": "7"})
signed("a name that is another's beginning", BASE, {"A": "BC", "AB": "C"})
signed("letters beyond ASCII", BASE, CALL | {"CallerName": "Jürgen Müßig 日本 😀", "Speech": "a+b=c&d%20e"})
signed("names beyond ASCII", BASE, {"ä": "1", "z": "2", "\U0001f600": "3", "\uffee": "4"})
signed("repeated parameters", BASE, CALL | {"Media": ["b", "a", "b"]})
signed("white space", BASE, CALL | {"SpeechResult": " two\r\nlines\t "})
for scheme, default in [("https", 443), ("http", 80)]:
    for signed_port in ["", f":{default}", ":8443"]:
        for seen_port in ["", f":{default}", ":8443"]:
            url = f"{scheme}://voice.example.com%s/x?y=1"
            name = f"{scheme}: signed {signed_port or 'bare'}, seen {seen_port or 'bare'}"
            signed(name, url % signed_port, CALL, seen_url=url % seen_port)
signed("the other scheme", BASE, CALL, seen_url=BASE.replace("https", "http"))
signed("another host", BASE, CALL, seen_url=BASE.replace("voice.", "evil."))
signed("another path", BASE, CALL, seen_url=BASE.replace("con_2", "con_3"))
signed("another query", BASE + "?round=1", CALL, seen_url=BASE + "?round=2")
signed("a parameter more", BASE, CALL, seen_params=CALL | {"AnsweredBy": "human"})
signed("a parameter less", BASE, CALL | {"AnsweredBy": "human"}, seen_params=CALL)
signed("a parameter changed", BASE, CALL, seen_params=CALL | {"CallStatus": "busy"})
signed("values exchanged", BASE, {"a": "1", "b": "2"}, seen_params={"a": "2", "b": "1"})
signed("a repetition more", BASE, CALL | {"Media": ["a"]}, seen_params=CALL | {"Media": ["a", "a"]})
for name, wrong in [("empty", ""), ("not base64", "!!!"), ("of another token", RequestValidator("x" * 32).compute_signature(BASE, Many({k: [v] for k, v in CALL.items()})))]:
    judge(f"a signature that is {name}", BASE, {key: [value] for key, value in CALL.items()}, wrong)
good = validator.compute_signature(BASE, Many({k: [v] for k, v in CALL.items()}))
judge("a signature with white space", BASE, {k: [v] for k, v in CALL.items()}, good + "\n")
judge("a signature in lower case", BASE, {k: [v] for k, v in CALL.items()}, good.lower())

BODY = '{"event":"hällo","n":[1,2]}'
HASH = hashlib.sha256(BODY.encode()).hexdigest()
for name, query, body in [
    ("a body", f"bodySHA256={HASH}", BODY),
    ("a body and more in the query", f"a=1&bodySHA256={HASH}&z=%20", BODY),
    ("another body", f"bodySHA256={HASH}", BODY + " "),
    ("a hash in upper case", f"bodySHA256={HASH.upper()}", BODY),
]:
    judge(name, f"{BASE}?{query}", {}, validator.compute_signature(f"{BASE}?{query}", {}), body=body)
judge("a body, and the signature of another query", f"{BASE}?bodySHA256={HASH}", {}, validator.compute_signature(BASE, {}), body=BODY)

json.dump({"sdk": f"twilio-python {__version__}", "auth_token": TOKEN, "cases": cases}, sys.stdout, indent=1, ensure_ascii=False)
print()
