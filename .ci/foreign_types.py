"""Compares the types of other crates in a public API with a list: `foreign_types.py RUSTDOC.json Cargo.toml`."""

import collections
import json
import sys
import tomllib

STANDARD = {"alloc", "core", "std"}


class Api:
    """A crate as rustdoc describes it in JSON."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
        self.index, self.paths, self.root = document["index"], document["paths"], document["root"]
        self.crates = {int(number): crate["name"] for number, crate in document["external_crates"].items()}
        self.seen = set()
        # From a foreign type to the places where it is used.
        self.found = collections.defaultdict(set)

    def note(self, target, place):
        path = self.paths.get(str(target))
        if path and path["crate_id"] != 0 and self.crates[path["crate_id"]] not in STANDARD:
            self.found[self.crates[path["crate_id"]] + "::" + path["path"][-1]].add(place)

    def types(self, node, place):
        """Notes all types and traits that a signature names."""
        if isinstance(node, dict):
            if "path" in node and "id" in node and "args" in node:
                self.note(node["id"], place)
            for value in node.values():
                self.types(value, place)
        elif isinstance(node, list):
            for value in node:
                self.types(value, place)

    def walk(self, identifier, place):
        """Walks an item and all that is public below it."""
        item = self.index.get(str(identifier))
        if item is None or identifier in self.seen or item["crate_id"] != 0:
            return
        self.seen.add(identifier)
        [(kind, inner)] = item["inner"].items()
        place = f"{place}::{item['name'] or kind}"
        if kind == "module":
            self.all(inner["items"], place)
        elif kind == "use":
            if inner["id"] is not None:
                self.note(inner["id"], place)
                self.walk(inner["id"], place)
        elif kind in ("struct", "enum", "union", "trait"):
            self.types(inner["generics"], place)
            self.types(inner.get("bounds"), place)
            self.all(inner.get("variants") or inner.get("items") or [], place)
            self.all(self.fields(inner.get("kind")), place)
            for implementation in inner.get("impls", []):
                self.implementation(implementation, place)
        elif kind == "variant":
            self.all(self.fields(inner["kind"]), place)
        else:
            self.types(inner, place)

    def all(self, identifiers, place):
        for identifier in identifiers:
            self.walk(identifier, place)

    @staticmethod
    def fields(kind):
        if not isinstance(kind, dict):
            return []
        fields = kind.get("tuple") or (kind.get("plain") or kind.get("struct") or {}).get("fields") or []
        return [field for field in fields if field is not None]

    def implementation(self, identifier, place):
        item = self.index.get(str(identifier))
        if item is None:
            return
        inner = item["inner"]["impl"]
        # What is implemented for all types, and what the compiler implements, is not ours to change.
        if inner.get("is_synthetic") or inner.get("blanket_impl"):
            return
        self.types([inner["trait"], inner["generics"]], place)
        for member in inner["items"]:
            if inner["trait"] is None:
                self.walk(member, place)
            elif str(member) in self.index:
                self.types(self.index[str(member)]["inner"], place)


def main(document, manifest):
    api = Api(document)
    api.walk(api.root, "")
    with open(manifest, "rb") as file:
        listed = tomllib.load(file)["package"]["metadata"]["foreign-types"]
    missing = sorted(api.found.keys() - listed.keys())
    unused = sorted(listed.keys() - api.found.keys())
    for name in missing:
        print(f"{name} is part of the API, as in {min(api.found[name])}, and {manifest} gives no reason")
    for name in unused:
        print(f"{name} is not part of the API any more: remove it from {manifest}")
    if not api.found:
        print(f"{document} names no type of another crate: its format may have changed")
    if missing or unused or not api.found:
        sys.exit(1)
    print(f"{len(api.found)} types and traits of {len({name.split('::')[0] for name in api.found})} other crates, all listed")


main(*sys.argv[1:])
