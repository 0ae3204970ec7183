"""What the stock tester is told besides the document: what no schema can say of valid data, and where a file goes."""

import os
import re
import tomllib
from pathlib import Path

import requests
import schemathesis

# Why data that the schema allows may yet be refused with 400. Any other reason is a document that says too little.
BEYOND_SCHEMAS = [
    # What is named isn't there, or is another's. In a path that is 404.
    r"must be (one of the (asset's|workspace's)|somebody in the workspace|an asset of the workspace)",
    r"must be (a comment|a review|tags?|an? \w+) (on|of) the (same asset|asset|workspace)",
    r"`cursor` must be one ",
    # One of several members, of the query and the body together.
    r"must not be given (together with|beside)|not both",
    r"(is required|`user_ids` must name at least one user)",
    r"must be the same account as in x-account-id",
    # A sort in the query is not looked at beside one in the body, so the document leaves it open there.
    r"`sort` must be created_at",
    # The bare list, beside the object that has its least length.
    r"`invites` must be 1 to 500",
    # Time goes on, and a schema counts characters in place of bytes.
    r"must be in the future",
    r"must be at most \d+ bytes of UTF-8",
    # What a text or a file holds.
    r"must be an image|must be a whole zip",
    r"must be a JSON object, or a text that is one",
    r"is the name of a device on Windows|must not be `\.`",
    r"`url` must be|`cidrs` |`headers` ",
    # What the tester takes from the answer of another operation, whatever its form.
    r"^`invites\[\d+\]\.workspace_ids` must be a list of uuids",
    # Names of parts that can't stand in the header of a part, and fields of a form that the tester gives twice.
    r"failed to read headers|may be given once",
]


@schemathesis.check
def valid_data_is_not_malformed(ctx, response, case):
    """Narrows the check `positive_data_acceptance`, which knows statuses only.

    What is made up at random differs with the ids of each run: there it is for people who ask for more cases, and look.
    """
    if response.status_code != 400 or case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if case.meta.phase.name == "fuzzing" and "MUDLARK_TEST_API_CASES" not in os.environ:
        return
    message = response.json()["message"]
    if not any(re.search(reason, message) for reason in BEYOND_SCHEMAS):
        raise AssertionError(f"the schema allows what is refused: {message}")


@schemathesis.hook
def before_call(context, case, kwargs):
    """Only an address that was given out takes a file."""
    if case.operation.label != "PUT /uploads/{key}" or case.meta is None:
        return
    if not case.meta.generation.mode.is_positive:
        return
    caller = tomllib.loads(Path("schemathesis.toml").read_text())["headers"]
    begin = f"{case.operation.base_url}/workspaces/assets/upload"
    begun = requests.post(begin, json={"name": "robot.png"}, headers=caller, timeout=30).json()
    address = requests.utils.urlparse(begun["signed_url"])
    case.path_parameters = {"key": address.path.rsplit("/", 1)[-1]}
    case.query = dict(pair.split("=", 1) for pair in address.query.split("&"))


@schemathesis.hook
def after_call(context, case, response):
    """Notes which operations were done at all."""
    if response.status_code < 300:
        with open("done.txt", "a", encoding="utf-8") as done:
            print(case.operation.label, file=done)
