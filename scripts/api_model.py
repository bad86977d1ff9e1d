"""A trimmed API model (models/SERVICE.json) and the questions that scripts/generate_api.py asks of it.

What the generator cannot express is refused here, by the name of the shape.
"""
import json
import pathlib

SCALARS = {
    "string": "std::string",
    "boolean": "bool",
    "integer": "std::int64_t",
    "long": "std::int64_t",
    "double": "double",
    "timestamp": "Instant",
    "blob": "std::string",
    "document": "gateway::Document",
}
# Lists of one shape that some answers leave out while they are empty, and others do not: absent differs from empty.
OPTIONAL_LISTS = {"Policy.Tags"}
# Members that are not offered: who sends one is told that it is not known.
NOT_OFFERED = {"Extensions"}
LISTED = ("structure", "string", "integer", "long", "double", "timestamp")  # what lists and maps hold


class Api:
    """A model and the questions the generator asks of it."""

    def __init__(self, path: pathlib.Path):
        model = json.loads(path.read_text())
        self.service = path.stem
        self.metadata, self.operations = model["metadata"], model["operations"]
        self.errors, self.shapes = model["errors"], model["shapes"]
        for shape in self.shapes.values():
            for name in NOT_OFFERED & shape.get("members", {}).keys():
                del shape["members"][name]
        self.is_ec2 = self.metadata.get("protocol") == "ec2"
        self.inputs = self.reached("input")
        self.outputs = self.reached("output")

    def structures(self) -> list[str]:
        """Every structure, inner ones before those that hold them."""
        ordered = dict.fromkeys([*self.inputs, *self.outputs])
        return [name for name in ordered if self.kind(name) == "structure"]

    def kind(self, shape: str) -> str:
        return "document" if self.shapes[shape].get("document") else self.shapes[shape]["type"]

    def members(self, shape: str) -> dict:
        return self.shapes[shape]["members"]

    def reached(self, end: str) -> list[str]:
        """The shapes below the operations' inputs or outputs, inner ones first."""
        done: list[str] = []
        seen: set[str] = set()

        def visit(name: str, above: tuple[str, ...]) -> None:
            if name in above:
                raise SystemExit(f"{name} is recursive, which the generator does not offer")
            if name in seen:
                return
            shape = self.shapes[name]
            parts = [shape[part] for part in ("member", "key", "value") if part in shape]
            for reference in [*shape.get("members", {}).values(), *parts]:
                visit(reference["shape"], (*above, name))
            self.check(name, end)
            seen.add(name)
            done.append(name)

        for operation in self.operations.values():
            if end in operation:
                visit(operation[end], ())
        return done

    def check(self, name: str, end: str) -> None:
        shape = self.shapes[name]
        if shape["type"] not in (*SCALARS, "structure", "list", "map") or {"flattened", "timestampFormat"} & shape.keys():
            raise SystemExit(f"{name}: the generator does not offer this kind of shape")
        if shape["type"] in ("list", "blob") and end == "input" and self.holds_secrets(shape):
            raise SystemExit(f"{name}: the generator does not hide secrets in these")
        if shape["type"] == "list" and self.kind(shape["member"]["shape"]) not in LISTED:
            raise SystemExit(f"{name}: the generator does not offer lists of these")
        if shape["type"] != "map":
            return
        if end == "input":
            raise SystemExit(f"{name}: the generator does not read maps")
        value = shape["value"]["shape"]
        if self.kind(shape["key"]["shape"]) != "string" or not (self.kind(value) in LISTED or self.is_text_list(value)):
            raise SystemExit(f"{name}: the generator does not offer maps of these")

    def is_text_list(self, name: str) -> bool:
        shape = self.shapes[name]
        return shape["type"] == "list" and self.kind(shape["member"]["shape"]) == "string"

    def has_maps_of_lists(self) -> bool:
        return any(self.kind(name) == "map" and self.is_text_list(self.shapes[name]["value"]["shape"]) for name in self.outputs)

    def holds_secrets(self, shape: dict) -> bool:
        return "sensitive" in shape or ("member" in shape and "sensitive" in self.shapes[shape["member"]["shape"]])

    def item_type(self, shape: str) -> str:
        kind = self.kind(shape)
        return SCALARS.get(kind) or f"api::{shape}"

    def is_optional(self, owner: str, member: str) -> bool:
        """Whether an absent list or map of a structure differs from an empty one."""
        return owner in self.inputs or f"{owner}.{member}" in OPTIONAL_LISTS

    def member_type(self, owner: str, member: str, name: str) -> str:
        shape = self.shapes[name]
        if shape["type"] == "map":
            value = shape["value"]["shape"]
            return f"std::map<std::string, {'std::vector<std::string>' if self.is_text_list(value) else self.item_type(value)}>"
        if shape["type"] != "list":
            return f"std::optional<{self.item_type(name)}>"
        items = f"std::vector<{self.item_type(shape['member']['shape'])}>"
        return f"std::optional<{items}>" if self.is_optional(owner, member) else items
