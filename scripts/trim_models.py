#!/usr/bin/env python3
"""Cuts AWS's public service models down to what Countersign serves.

    trim_models.py --botocore DIR [--models DIR]

DIR is botocore's `data` folder (https://github.com/boto/botocore, Apache License 2.0). The operations are those of
models/operations.txt; the answer is one models/SERVICE.json a service (sso_oidc.json for sso-oidc): its metadata, these
operations, every shape they reach with all members, and the errors they document. Prose is left out.
models/aws_operations.txt gets the names of all operations that these services have on AWS. The same input gives the same
bytes.

models/admin.json is no service of AWS: it holds Countersign's own operations, is kept by hand in the same form, and
stays as it is here.
"""
import argparse
import gzip
import json
import pathlib

SHAPE_TRAITS = ("type", "flattened", "timestampFormat", "sensitive", "min", "max", "pattern", "enum",
                "document")
REFERENCE_TRAITS = ("shape", "locationName", "queryName", "flattened", "timestampFormat")
WIDTH = 110
# Members that the generator cannot read, of features that are not offered: who gives one is refused.
MEMBERS_LEFT_OUT = {("CreateChangeSetInput", "ResourcesToImport")}


def wanted_operations(path: pathlib.Path) -> dict[str, list[str]]:
    wanted: dict[str, list[str]] = {}
    for line in path.read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            service, operation = line.split()
            wanted.setdefault(service, []).append(operation)
    return wanted


def without_left_out(model: dict) -> dict:
    for shape, member in MEMBERS_LEFT_OUT:
        model["shapes"].get(shape, {}).get("members", {}).pop(member, None)
    return model


def newest_model(data: pathlib.Path, service: str) -> dict:
    versions = sorted((data / service).glob("*/service-2.json*"))
    if not versions:
        raise SystemExit(f"no model of {service} below {data}")
    text = versions[-1].read_bytes()
    return without_left_out(json.loads(gzip.decompress(text) if versions[-1].suffix == ".gz" else text))


def references(shape: dict) -> list[dict]:
    return [*shape.get("members", {}).values(), *(shape[part] for part in ("member", "key", "value") if part in shape)]


def reached(shapes: dict, roots: list[str]) -> set[str]:
    found: set[str] = set()
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [reference["shape"] for reference in references(shapes[name])]
    return found


def picked(source: dict, traits: tuple[str, ...]) -> dict:
    return {trait: source[trait] for trait in traits if trait in source}


def trimmed_shape(shape: dict) -> dict:
    trimmed = picked(shape, SHAPE_TRAITS)
    for part in ("member", "key", "value"):
        if part in shape:
            trimmed[part] = picked(shape[part], REFERENCE_TRAITS)
    if shape.get("required"):
        trimmed["required"] = shape["required"]
    if "members" in shape:
        trimmed["members"] = {name: picked(member, REFERENCE_TRAITS) for name, member in shape["members"].items()}
    return trimmed


def trimmed_operation(operation: dict) -> dict:
    trimmed = {}
    if "input" in operation:
        trimmed["input"] = operation["input"]["shape"]
    if "output" in operation:
        trimmed["output"] = operation["output"]["shape"]
        if "resultWrapper" in operation["output"]:
            trimmed["resultWrapper"] = operation["output"]["resultWrapper"]
    trimmed["errors"] = sorted(error["shape"] for error in operation.get("errors", []))
    return trimmed


def sender_error(name: str) -> dict:
    """An error of which the model has but the name."""
    return {"code": name, "httpStatusCode": 400, "senderFault": True}


def trimmed_model(model: dict, operations: list[str]) -> dict:
    kept = {name: trimmed_operation(model["operations"][name]) for name in sorted(operations)}
    shapes = model["shapes"]
    roots = [operation[end] for operation in kept.values() for end in ("input", "output") if end in operation]
    errors = {error for operation in kept.values() for error in operation["errors"]}
    metadata = model["metadata"]
    if not {"query", "ec2", "json", "rest-json"} & {metadata["protocol"], *metadata.get("protocols", [])}:
        raise SystemExit(f"{metadata['serviceId']} speaks neither the Query protocol, nor awsJson, nor REST with JSON")
    return {
        "metadata": {
            "apiVersion": metadata["apiVersion"],
            "signingName": signing_name(model),
            **picked(metadata, ("xmlNamespace", "targetPrefix")),
            **({"protocol": "ec2"} if metadata["protocol"] == "ec2" else {}),
        },
        "operations": kept,
        "errors": {name: {"code": name} | shapes[name].get("error", sender_error(name)) for name in sorted(errors)},
        "shapes": {name: trimmed_shape(shapes[name]) for name in sorted(reached(shapes, roots))},
    }


def signing_name(model: dict) -> str:
    return model["metadata"].get("signingName", model["metadata"]["endpointPrefix"])


def all_operations(models: list[dict]) -> str:
    """A line a service: its signing name, and every operation of it."""
    lines = ["# Every operation on AWS of the services that are offered here; scripts/trim_models.py makes this."]
    return "\n".join(lines + [" ".join([signing_name(model), *sorted(model["operations"])]) for model in models]) + "\n"


def printed(value, indent: int = 0) -> str:
    """JSON with a member a line where it is long, and whole values on one line where they fit."""
    line = json.dumps(value, ensure_ascii=True)
    if not isinstance(value, (dict, list)) or (indent > 1 and len(line) + 2 * indent < WIDTH):
        return line
    margin = "  " * (indent + 1)
    if isinstance(value, dict):
        parts = [f"{margin}{json.dumps(key)}: {printed(part, indent + 1)}" for key, part in value.items()]
    else:
        parts = [margin + printed(part, indent + 1) for part in value]
    ends = "{}" if isinstance(value, dict) else "[]"
    return ends if not parts else ends[0] + "\n" + ",\n".join(parts) + "\n" + "  " * indent + ends[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--botocore", type=pathlib.Path, required=True, help="botocore's data folder")
    parser.add_argument("--models", type=pathlib.Path, default=pathlib.Path(__file__).parent.parent / "models")
    arguments = parser.parse_args()
    wanted = wanted_operations(arguments.models / "operations.txt")
    models = {service: newest_model(arguments.botocore, service) for service in wanted}
    for service, operations in wanted.items():
        (arguments.models / f"{service.replace('-', '_')}.json").write_text(printed(trimmed_model(models[service], operations)) + "\n")
    (arguments.models / "aws_operations.txt").write_text(all_operations(list(models.values())))


if __name__ == "__main__":
    main()
