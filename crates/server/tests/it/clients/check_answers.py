"""Holds answers of the server to its document: prints what is not as it says, one line each.

Reads the document's file and one of answers: [{"path", "method", "status", "content_type", "body"}]."""

import json
import sys

import jsonschema_rs

with open(sys.argv[1], encoding="utf-8") as file:
    document = json.load(file)
with open(sys.argv[2], encoding="utf-8") as file:
    answers = json.load(file)


def offences(schema, value):
    """What is wrong with a value by a schema of the document."""
    whole = {**schema, "components": document["components"]}
    validator = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
    return [f"{'/'.join(map(str, error.instance_path))}: {error.message}" for error in validator.iter_errors(value)]


def offences_of_answer(answer):
    operation = document["paths"][answer["path"]][answer["method"]]
    documented = operation["responses"].get(str(answer["status"]))
    if documented is None:
        return ["the status is not documented"]
    if not documented.get("content"):
        return ["a body is not documented"] if answer["body"] else []
    any_of_its_kind = answer["content_type"].split("/")[0] + "/*"
    forms = (documented["content"].get(form) for form in (answer["content_type"], any_of_its_kind, "*/*"))
    content = next((form for form in forms if form), None)
    if content is None:
        return [f"{answer['content_type']} is not documented"]
    if answer["content_type"] != "application/json":
        return []
    return offences(content["schema"], json.loads(answer["body"]))


for answer in answers:
    for offence in offences_of_answer(answer):
        print(f"{answer['method']} {answer['path']} {answer['status']}: {offence}")
for name, schema in document["components"]["schemas"].items():
    for example in schema.get("examples", []):
        for offence in offences(schema, example):
            print(f"the example of {name}: {offence}")
