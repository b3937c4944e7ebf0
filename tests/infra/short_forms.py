"""CloudFormation's short forms, `!Ref x` and the like, and YAML as people write it."""

import yaml


class Tag:
    """A short form of CloudFormation's: !Ref, !GetAtt, !Sub, !If."""

    def __init__(self, name, value):
        self.name, self.value = name, value


def represent(dumper, tag):
    """Writes a short form as such."""
    if isinstance(tag.value, str):
        return dumper.represent_scalar(f"!{tag.name}", tag.value)
    return dumper.represent_sequence(f"!{tag.name}", tag.value)


class Dumper(yaml.SafeDumper):
    """YAML as people write it: lists indented, nothing folded, no anchors."""

    def increase_indent(self, flow=False, indentless=False):
        return super().increase_indent(flow, False)

    def ignore_aliases(self, data):
        return True


Dumper.add_representer(Tag, represent)


def ref(name):
    """The value of a parameter, or the name of a resource."""
    return Tag("Ref", name)


def arn(name):
    """The ARN of a resource."""
    return Tag("GetAtt", f"{name}.Arn")


def sub(text):
    """Text with values in it."""
    return Tag("Sub", text)


def given(condition, value):
    """A value that is there only under a condition."""
    return Tag("If", [condition, value, ref("AWS::NoValue")])


def text(value):
    """A value as YAML."""
    return yaml.dump(value, Dumper=Dumper, sort_keys=False, width=110, allow_unicode=True)
