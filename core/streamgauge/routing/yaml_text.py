"""YAML in, with what its parser lets pass refused."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import yaml


class _Loader(yaml.SafeLoader):
    """Refuses a key that stands twice in a mapping, of which the parser drops all but the last, and
    what no event and no table of Postgres can hold."""

    def construct_scalar(self, node: yaml.ScalarNode | yaml.MappingNode) -> Any:
        value: Any = super().construct_scalar(node)
        if isinstance(value, str) and ("\0" in value or not _is_utf8(value)):
            line = node.start_mark.line + 1
            raise ValueError(f"line {line}: {value!r} holds U+0000 or half of a surrogate pair")
        return value

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys: set[Hashable] = set()
        for each, _ in node.value:
            if each.tag == "tag:yaml.org,2002:merge":
                continue
            key = self.construct_object(each, deep=True)
            if isinstance(key, Hashable) and key in keys:
                raise ValueError(f"line {each.start_mark.line + 1}: {key!r} stands there twice")
            keys.add(key)
        return super().construct_mapping(node, deep=deep)


def read_yaml(text: str) -> Any:
    """The one document in a YAML text.

    Raises ValueError, with a reason, for what is no YAML, a text with U+0000 or half of a surrogate
    pair, and a key that stands twice in its mapping.
    """
    try:
        return _Loader(text).get_single_data()
    except Exception as error:  # a scalar that is none, 0000-0-0, is no YAMLError
        raise ValueError(str(error) or type(error).__name__) from None


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
