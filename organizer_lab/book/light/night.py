"""Dark pages at night also where no program runs.

The theme's dark colours hang on an attribute of the page that a program sets. Without programs the
page keeps the attribute of the day, so each rule for the night stands once more behind the others,
for readers who want dark pages and have no programs. On paper a page stays light.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import tinycss2
from tinycss2.ast import AtRule, QualifiedRule

from organizer_lab.book.light.purge import split

_DARK = re.compile(r"""\[data-theme=["']?dark["']?\]""")
_MEDIA = "@media screen and (scripting: none) and (prefers-color-scheme: dark)"


def night(css: str) -> str:
    """Give the rules for the night once more, for pages without programs.

    Parameters
    ----------
    css : str
        A style sheet.

    Returns
    -------
    str
        The rules to stand behind it; nothing, where it has none for the night.
    """
    rules = tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)
    inside = "".join(_dark(rules))
    return f"{_MEDIA}{{\n{inside}}}\n" if inside else ""


def _dark(rules: list[Any]) -> Iterator[str]:
    for rule in rules:
        if isinstance(rule, QualifiedRule):
            heads = (tinycss2.serialize(each).strip() for each in split(rule.prelude))
            fit = [_DARK.sub("[data-theme]", head) for head in heads if _DARK.search(head)]
            if fit:
                yield f"{','.join(fit)}{{{tinycss2.serialize(rule.content)}}}\n"
        elif isinstance(rule, AtRule) and rule.lower_at_keyword in {"media", "supports"}:
            inner = tinycss2.parse_rule_list(
                rule.content or [], skip_comments=True, skip_whitespace=True
            )
            if inside := "".join(_dark(inner)):
                head = tinycss2.serialize(rule.prelude).strip()
                yield f"@{rule.lower_at_keyword} {head}{{\n{inside}}}\n"
