"""Holds events, one a line on the standard input, against the schema of their version of OCSF, and prints what does not fit.

The first argument is the folder of the packages.
"""

import json
import sys

sys.path.insert(0, sys.argv[1])

from jsonschema import Draft202012Validator
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

VERSION = "1.8.0"

raw = get_ocsf_schema(version=VERSION)
schemas = OcsfJsonSchemaEmbedded(raw)
validators = {}


def validator(event):
    profiles = event["metadata"]["profiles"]
    key = (event["class_uid"], *profiles)
    if key not in validators:
        name = schemas.lookup_class_name_from_uid(class_uid=event["class_uid"])
        schema = schemas.get_class_schema(class_name=name, profiles=profiles)
        validators[key] = (raw["classes"][name], Draft202012Validator(schema))
    return validators[key]


def misnamed(known, event):
    """The names beside numbers, which a JSON schema cannot hold against them."""
    for number, name in [("activity_id", "activity_name"), ("severity_id", "severity"), ("status_id", "status")]:
        called = known["attributes"][number]["enum"][str(event[number])]["caption"]
        if event[number] != 99 and called != event[name]:
            yield f"{name}: {event[name]} is called {called}"
    for name, called in [("class_name", known["caption"]), ("category_name", known["category_name"])]:
        if event[name] != called:
            yield f"{name}: {event[name]} is called {called}"


for line in sys.stdin:
    event = json.loads(line)
    about = f"{event['metadata']['event_code']} ({event['class_uid']})"
    if event["metadata"]["version"] != VERSION:
        print(f"{about}: it is of another version")
    known, one = validator(event)
    for error in one.iter_errors(event):
        print(f"{about}: {'.'.join(map(str, error.absolute_path))}: {error.message}")
    for problem in misnamed(known, event):
        print(f"{about}: {problem}")
