"""Writes the inputs and outputs of each module of terraform/ into its README.md, from variables.tf and outputs.tf.
test_modules.py checks that they are up to date."""

import re

from definitions import ROOT

MODULES = ROOT / "terraform/modules"
HEADING = "## Inputs and outputs\n"
BLOCK = re.compile(r'^(variable|output) "(\w+)" \{\n(.*?)^\}$', re.MULTILINE | re.DOTALL)


def modules():
    """The folders of the modules that have inputs of their own."""
    return sorted(path.parent for path in MODULES.rglob("variables.tf"))


def blocks(text, kind):
    """The blocks of a kind in a formatted file: (name, body)."""
    return [(name, body) for found, name, body in BLOCK.findall(text) if found == kind]


def argument(body, name):
    """The value of an argument of a block on one line, or None."""
    found = re.search(rf"^  {name} += (.*?)\n(?=  [a-z]|\n|\Z)", body, re.MULTILINE | re.DOTALL)
    return found and re.sub(r"\s+", " ", found[1])


def fields_of_functions():
    """The fields of an entry of functions.json that Terraform's type has. It ignores all others without a word."""
    context = (MODULES / "common/context.tf").read_text()
    return set(re.findall(r"^      (\w+) += optional\(", context, re.MULTILINE))


def description(body):
    """The description of a block."""
    return argument(body, "description")[1:-1].replace('\\"', '"').replace("<", "&lt;")


def type_of(body):
    """The type of a variable as it is shown: what an object holds stands in its file."""
    return re.sub(r"object\(.*\)\)", "object)", re.sub(r"^object\(.*\)$", "object", argument(body, "type")))


def default_of(body):
    """The default of a variable as it is shown."""
    value = argument(body, "default")
    return "required" if value is None else f"`{value}`"


def interface(inputs, outputs):
    """The section that lists what a module takes and gives."""
    lines = [HEADING, "| input | type | default | description |", "|---|---|---|---|"]
    lines += [
        f"| `{name}` | `{type_of(body)}` | {default_of(body)} | {description(body)} |"
        for name, body in blocks(inputs, "variable")
    ]
    if found := blocks(outputs, "output"):
        lines += ["", "| output | description |", "|---|---|"]
        lines += [f"| `{name}` | {description(body)} |" for name, body in found]
    return "\n".join(lines) + "\n"


def readme(module):
    """The README of a module with its section as it is to be: the last one."""

    def text(name):
        path = module / name
        return path.read_text() if path.exists() else ""

    written = text("README.md").split(HEADING)[0]
    return written + interface(text("context.tf") + text("variables.tf"), text("outputs.tf"))


if __name__ == "__main__":
    for module in modules():
        (module / "README.md").write_text(readme(module))
