"""YAML files that people write, checked on reading, with the line of each mistake."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from organizer_lab.errors import LabError

Model = TypeVar("Model", bound=BaseModel)
# The keys that lead to a value, such as ("weeks", 0, "title"), and what is wrong with it.
Mistake = tuple[tuple, str]


def read(
    path: Path | str, model: type[Model], rules: Callable[[Model], list[Mistake]] | None = None
) -> Model:
    """Read a file and validate it.

    Parameters
    ----------
    path : path
        The file.
    model : type
        A pydantic model of its content.
    rules : callable, optional
        Finds what types cannot say.

    Raises
    ------
    LabError
        If the file is missing, is no YAML, or breaks a rule. Each mistake names its line.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise LabError(f"Cannot read {path}: {error}.") from None
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        _forbid_twins(node)
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" line {mark.line + 1}" if mark else ""
        why = getattr(error, "problem", None) or error
        raise LabError(f"{path.name}{where}: this is not valid YAML ({why}).") from None
    except (ValueError, RecursionError) as error:
        # A date such as 2024-02-31, or an alias that stands inside its own anchor.
        raise LabError(f"{path.name}: this cannot be read ({error}).") from None
    if not isinstance(content, dict):
        raise LabError(f"{path.name} line 1: expected keys, each followed by a colon.")
    try:
        checked = model.model_validate(content)
        mistakes = rules(checked) if rules else []
    except ValidationError as error:
        checked = None
        mistakes = [(problem["loc"], problem["msg"]) for problem in error.errors()]
    if mistakes or checked is None:
        raise LabError(
            "\n".join(
                f"{path.name} line {_line(node, keys)}: {'.'.join(map(str, keys))}: {why}"
                for keys, why in mistakes
            )
        )
    return checked


def _forbid_twins(node: Any) -> None:
    """Refuse a key that stands twice: YAML would drop the first value without a word."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.MarkedYAMLError(
                    problem="a key must be a word", problem_mark=key.start_mark
                )
            if key.value in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"the key '{key.value}' stands twice", problem_mark=key.start_mark
                )
            seen.add(key.value)
            _forbid_twins(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _forbid_twins(value)


def _line(node: Any, keys: tuple) -> int:
    """Find the line of the value behind the keys; of its nearest parent if it is missing."""
    line = node.start_mark.line
    for key in keys:
        if isinstance(node, yaml.MappingNode):
            pair = next((pair for pair in node.value if pair[0].value == str(key)), None)
            if pair is None:
                break
            line, node = pair[0].start_mark.line, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
            node = node.value[key]
            line = node.start_mark.line
        else:
            break
    return line + 1
