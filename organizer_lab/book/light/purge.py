"""Style sheets without the rules that no page can use.

The sheets of the theme and its extensions have thousands of rules for things that this book does
not have. A rule stays if each name in its selector, of an element, a class, an id or an attribute,
stands on some page or in some program that runs there. That keeps a few rules too many and never
one too few: programs move elements about and set classes, but only by names that stand in them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import tinycss2
from tinycss2.ast import AtRule, Declaration, QualifiedRule

# Browsers set these themselves when a reader opens, ticks or fills in something.
_STATES = {"open", "checked", "selected", "disabled", "hidden", "value", "popover", "inert"}
_GROUPS = {"media", "supports", "layer", "container"}
_WORD = re.compile(r"[A-Za-z_][\w-]*")
_VARIABLE = re.compile(r"--[\w-]+")


@dataclass
class Names:
    """The names that selectors may find on the pages.

    Attributes
    ----------
    tags, classes, ids, attributes : set of str
        What stands on a page; tags and attributes in small letters.
    words : set of str
        What stands in a program. Each may become a tag, a class, an id or an attribute.
    variables : set of str
        Custom properties that a page or a program names itself, such as ``--bs-gap``.
    """

    tags: set[str] = field(default_factory=set)
    classes: set[str] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)
    attributes: set[str] = field(default_factory=lambda: set(_STATES))
    words: set[str] = field(default_factory=set)
    variables: set[str] = field(default_factory=set)

    def add_page(self, html: str) -> None:
        """Note the names on a page. Its programs are added on their own, by `add_program`."""
        _Reader(self).feed(html)
        self.variables.update(_VARIABLE.findall(html))

    def add_program(self, script: str) -> None:
        """Note every word of a program: nobody can know which of them it makes a class of."""
        self.words.update(_WORD.findall(script))
        self.variables.update(_VARIABLE.findall(script))


class _Reader(HTMLParser):
    """Hands the names of the elements of a page over."""

    def __init__(self, names: Names) -> None:
        super().__init__(convert_charrefs=True)
        self.names = names

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.names.tags.add(tag)
        for name, value in attrs:
            self.names.attributes.add(name)
            if name == "class":
                self.names.classes.update((value or "").split())
            elif name == "id" and value:
                self.names.ids.add(value)


def purge(css: str, names: Names) -> str:
    """Leave out the rules, variables and animations that the pages cannot use.

    Parameters
    ----------
    css : str
        A style sheet.
    names : Names
        Of all pages and programs that the sheet is for.

    Returns
    -------
    str
        The sheet, its rules in the same order. What this function does not understand stays.
    """
    rules = tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)
    kept = _rules(rules, names)
    used, idents = _in_use(kept, names), _idents(kept)
    return "".join(_text(rule, used, idents) for rule in kept)


@dataclass
class _Rule:
    """A rule that stays: its beginning up to the brace, and what stands between the braces."""

    head: str
    body: list[Any] = field(default_factory=list)
    inner: list[_Rule] | None = None
    # The rule as it is, where its inside is not looked at.
    whole: str = ""
    animation: str = ""


def _rules(nodes: list[Any], names: Names) -> list[_Rule]:
    kept = []
    for node in nodes:
        if isinstance(node, QualifiedRule):
            fit = [each for each in split(node.prelude) if _fits(each, names)]
            if fit:
                head = ",".join(tinycss2.serialize(each).strip() for each in fit)
                kept.append(_Rule(head, _body(node)))
        elif isinstance(node, AtRule):
            kept += _at_rule(node, names)
    return kept


def _at_rule(node: AtRule, names: Names) -> list[_Rule]:
    keyword = node.lower_at_keyword
    if keyword == "charset":
        # It must stand first in a file; all sheets here are in UTF-8.
        return []
    head = f"@{node.at_keyword}{tinycss2.serialize(node.prelude).rstrip()}"
    if node.content is None:
        return [_Rule(head, whole=f"{head};")]
    if keyword in _GROUPS:
        inside = tinycss2.parse_rule_list(node.content, skip_comments=True, skip_whitespace=True)
        inner = _rules(inside, names)
        return [_Rule(head, inner=inner)] if inner else []
    animation = keyword.rpartition("-")[2] == "keyframes"
    whole = f"{head}{{{tinycss2.serialize(node.content).strip()}}}"
    name = tinycss2.serialize(node.prelude).strip().strip("\"'") if animation else ""
    return [_Rule(head, whole=whole, animation=name)]


def _body(node: QualifiedRule) -> list[Any]:
    parts = tinycss2.parse_blocks_contents(node.content, skip_comments=True, skip_whitespace=True)
    # What a browser cannot read either, such as hacks for browsers of old.
    return [part for part in parts if part.type != "error"]


# -- Selectors -----------------------------------------------------------------------------------


def split(tokens: list[Any]) -> list[list[Any]]:
    """Take a list of selectors apart at its commas."""
    parts: list[list[Any]] = [[]]
    for token in tokens:
        if token == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _fits(tokens: list[Any], names: Names) -> bool:
    """Say whether a selector can find something; yes, where that cannot be known."""
    tokens = [token for token in tokens if token.type != "comment"]
    if any(token == "|" for token in tokens):
        # A name with a namespace.
        return True
    at = 0
    while at < len(tokens):
        token = tokens[at]
        following = tokens[at + 1] if at + 1 < len(tokens) else None
        if token == "." and getattr(following, "type", "") == "ident":
            if following.value not in names.classes and following.value not in names.words:
                return False
            at += 1
        elif token == ":":
            while at + 1 < len(tokens) and tokens[at + 1] == ":":
                at += 1
            at += 1
            if at < len(tokens) and not _pseudo(tokens[at], names):
                return False
        elif token.type == "ident":
            if token.lower_value not in names.tags and token.lower_value not in names.words:
                return False
        elif token.type == "hash":
            if token.value not in names.ids and token.value not in names.words:
                return False
        elif token.type == "[] block" and not _attribute(token, names):
            return False
        at += 1
    return True


def _pseudo(token: Any, names: Names) -> bool:
    """Look into ``:is()`` and ``:where()``; all others may hold."""
    if token.type == "function" and token.lower_name in {"is", "where"}:
        return any(_fits(each, names) for each in split(token.arguments))
    return True


def _attribute(block: Any, names: Names) -> bool:
    idents = [token.lower_value for token in block.content if token.type == "ident"]
    return not idents or idents[0] in names.attributes or idents[0] in names.words


# -- What the rules that stay refer to -----------------------------------------------------------


def _flat(rules: list[_Rule]) -> Iterator[_Rule]:
    for rule in rules:
        yield rule
        yield from _flat(rule.inner or [])


def _in_use(rules: list[_Rule], names: Names) -> set[str]:
    """Find the custom properties that something depends on, directly or through others."""
    needs: dict[str, set[str]] = {}
    waiting = set(names.variables)
    for rule in _flat(rules):
        waiting.update(_VARIABLE.findall(rule.whole))
        for part in rule.body:
            found = set(_VARIABLE.findall(_value(part)))
            if _custom(part):
                needs.setdefault(part.name, set()).update(found)
            else:
                waiting |= found
    used: set[str] = set()
    while waiting:
        name = waiting.pop()
        used.add(name)
        waiting |= needs.get(name, set()) - used
    return used


def _idents(rules: list[_Rule]) -> set[str]:
    return {
        word
        for rule in _flat(rules)
        for part in rule.body
        for word in re.findall(r"[\w-]+", _value(part))
    }


def _custom(part: Any) -> bool:
    return isinstance(part, Declaration) and part.name.startswith("--")


def _value(part: Any) -> str:
    return tinycss2.serialize(part.value) if isinstance(part, Declaration) else part.serialize()


def _text(rule: _Rule, used: set[str], idents: set[str]) -> str:
    """Write a rule; nothing, where it has become empty."""
    if rule.whole:
        return f"{rule.whole}\n" if not rule.animation or rule.animation in idents else ""
    if rule.inner is not None:
        inside = "".join(_text(inner, used, idents) for inner in rule.inner)
        return f"{rule.head}{{\n{inside}}}\n" if inside else ""
    parts = [part for part in rule.body if not _custom(part) or part.name in used]
    inside = ";".join(
        f"{part.name}:{_value(part).strip()}{'!important' if part.important else ''}"
        if isinstance(part, Declaration)
        else _value(part)
        for part in parts
    )
    return f"{rule.head}{{{inside}}}\n" if parts else ""
