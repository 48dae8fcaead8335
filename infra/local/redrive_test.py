"""What redrive.py reads from a stream and hands over: `python redrive_test.py`, with the template's own filters."""
import datetime
import json
import pathlib
import unittest

import redrive
from samtranslator.yaml_helper import yaml_parse

TEMPLATE = yaml_parse((pathlib.Path(__file__).parents[1] / "template.yaml").read_text())


def filters(mapping):
    criteria = TEMPLATE["Resources"][mapping]["Properties"]["FilterCriteria"]
    return [json.loads(it["Pattern"]) for it in criteria["Filters"]]


def record(number, sk, **image):
    change = {"SequenceNumber": str(number), "Keys": {"pk": {"S": "T#acme"}, "sk": {"S": sk}}, "NewImage": image}
    return {"eventID": f"e{number}", "dynamodb": change}


class Stream:
    """A shard whose pages hold so many records, however many are asked for."""

    def __init__(self, records, page):
        self.records, self.page = records, page

    def get_shard_iterator(self, SequenceNumber, **_):
        numbers = [it["dynamodb"]["SequenceNumber"] for it in self.records]
        if SequenceNumber not in numbers:
            error = {"Error": {"Code": "TrimmedDataAccessException"}}
            raise redrive.ClientError(error, "GetShardIterator")
        return {"ShardIterator": str(numbers.index(SequenceNumber))}

    def get_records(self, ShardIterator, Limit):
        at = int(ShardIterator)
        page = {"Records": self.records[at : at + self.page]}
        return page | ({"NextShardIterator": str(at + self.page)} if at + self.page < len(self.records) else {})


def info(first, last):
    return {"streamArn": "arn", "shardId": "s", "startSequenceNumber": str(first), "endSequenceNumber": str(last)}


def numbers(records):
    return [int(it["dynamodb"]["SequenceNumber"]) for it in records]


class Batches(unittest.TestCase):
    def test_is_read_to_its_end_over_pages_and_no_further(self):
        stream = Stream([record(number, "A#1") for number in range(98, 2101)], page=300)
        got = redrive.batch(stream, info(100, 1099), filters("AggregateFunctionChanges"))
        self.assertEqual(numbers(got), list(range(100, 1100)))

    def test_holds_what_the_function_was_given(self):
        kinds = ["A#1", "COUNTERS", "E#1", "CAMPAIGN", "P#agent"]
        stream = Stream([record(10 + at, sk, state={"M": {"is": {"S": "dialing"}}}) for at, sk in enumerate(kinds)], page=2)
        self.assertEqual(numbers(redrive.batch(stream, info(10, 14), filters("AggregateFunctionChanges"))), [10, 12])
        self.assertEqual(numbers(redrive.batch(stream, info(10, 14), filters("AnnounceFunctionChanges"))), [11, 13, 14])

    def test_an_attempt_is_announced_once_it_has_ended(self):
        stream = Stream([record(1, "A#1", state={"M": {"is": {"S": "ended"}}})], page=1)
        self.assertEqual(numbers(redrive.batch(stream, info(1, 1), filters("AnnounceFunctionChanges"))), [1])

    def test_what_the_stream_has_lost_in_part_is_not_handed_over(self):
        stream = Stream([record(number, "A#1") for number in range(5, 9)], page=2)
        self.assertIsNone(redrive.batch(stream, info(4, 8), []), "its beginning is gone")
        self.assertIsNone(redrive.batch(stream, info(5, 9), []), "its end is not there")

    def test_a_filter_that_is_not_known_stops_everything(self):
        with self.assertRaises(SystemExit):
            redrive.matches({"dynamodb": {"Keys": [{"exists": True}]}}, record(1, "A#1"))

    def test_is_written_as_lambda_writes_it(self):
        one = record(1, "E#1", sealed={"B": b"\x00\xff"}, some={"BS": [b"a"]})
        one["dynamodb"]["ApproximateCreationDateTime"] = datetime.datetime.fromtimestamp(7, datetime.timezone.utc)
        change = json.loads(redrive.payload([one]))["Records"][0]["dynamodb"]
        self.assertEqual(change["NewImage"], {"sealed": {"B": "AP8="}, "some": {"BS": ["YQ=="]}})
        self.assertEqual(change["ApproximateCreationDateTime"], 7)


if __name__ == "__main__":
    unittest.main()
