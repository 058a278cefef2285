"""Our own wikitext as HTML, so that a page for a wiki can be read in the book.

This is no reader of wikitext: it knows what `organizer_lab.export.wikitext` writes, and stops at
everything else. Texts of learners need nothing here: the character references that keep them inert
on a wiki mean the same in HTML.
"""

from __future__ import annotations

import re

from organizer_lab.errors import LabError

_HEADING = re.compile(r"(={2,}) (.+) \1")
_INLINE = (
    (re.compile(r"'''(.+?)'''"), r"<strong>\1</strong>"),
    (re.compile(r"''(.+?)''"), r"<em>\1</em>"),
    # A page that is only planned exists nowhere yet, so links are shown without their targets.
    (re.compile(r"\[\[:[^|\]]+\|([^\]]+)\]\]"), r"\1"),
    (re.compile(r"\[https?://\S+ ([^\]]+)\]"), r"\1"),
)
_LISTS = {"* ": "ul", "# ": "ol"}
_LEFT = re.compile(r"\[|\]|\{|\}|''|\||\A[=*#:;!]|<(?!/?(?:strong|em|bdi)>)")


def html(wikitext: str, level: int) -> str:
    """Write a page of ours as HTML.

    Parameters
    ----------
    wikitext : str
        As the exports write it.
    level : int
        Of its first headings: 3 gives ``<h3>`` for ``==``.

    Raises
    ------
    LabError
        If there is something that the exports do not write; it is not guessed.
    """
    blocks = [block for block in wikitext.strip().split("\n\n") if not block.startswith("<!--")]
    return "\n".join(_block(block, level - 2) for block in blocks)


def _block(block: str, deeper: int) -> str:
    if heading := _HEADING.fullmatch(block):
        name = f"h{len(heading[1]) + deeper}"
        return f"<{name}>{_inline(heading[2])}</{name}>"
    lines = block.split("\n")
    if lines[0].startswith("{|"):
        return _table(lines[1:-1])
    if kind := _LISTS.get(block[:2]):
        if any(line[:2] != block[:2] for line in lines):
            raise LabError(f"A list of the page holds something else: {block}")
        items = "".join(f"<li>{_inline(line[2:])}</li>" for line in lines)
        return f"<{kind}>{items}</{kind}>"
    return f"<p>{_inline(block)}</p>"


def _table(lines: list[str]) -> str:
    head, rows = "", [[]]
    for line in lines:
        if line == "|-":
            rows.append([])
        elif line.startswith('! scope="row" | '):
            cell = _inline(line.removeprefix('! scope="row" | '))
            rows[-1].append(f'<th scope="row">{cell}</th>')
        elif line.startswith("! "):
            names = line[2:].split(" !! ")
            head = "".join(f'<th scope="col">{_inline(name)}</th>' for name in names)
        elif line.startswith("| "):
            rows[-1].append(f"<td>{_inline(line[2:])}</td>")
        else:
            raise LabError(f"A table of the page holds something else: {line}")
    body = "".join(f"<tr>{''.join(row)}</tr>" for row in rows if row)
    head = f"<thead><tr>{head}</tr></thead>" if head else ""
    whole = f'<table class="table">{head}<tbody>{body}</tbody></table>'
    # As the theme has it round every table: where it is wider than the window, it scrolls alone.
    return f'<div class="pst-scrollable-table-container">{whole}</div>'


def _inline(text: str) -> str:
    for known, made in _INLINE:
        text = known.sub(made, text)
    if left := _LEFT.search(text):
        raise LabError(f"A page of ours holds '{left[0]}', which has no preview: {text}")
    return text
