"""What learners wrote, made harmless: no script, no request, no style of its own.

HTML is cleaned after it is rendered, outputs and Markdown alike, by nh3: it reads as a browser
reads, and writes again only what is on a list. nbconvert's own cleaner uses bleach, which is
archived, and in nbgrader's templates it does not see Markdown.

What may not be a tag is shown as the text that it is: whoever wrote `<math>` or `<name of village>`
finds the words again.
"""

from __future__ import annotations

import base64
import re
from html import escape
from typing import Any

import mistune
import nh3
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode

LONGEST_TEXT = 50_000
LONGEST_HTML = 2_000_000
_LONGEST_PICTURES = 1_500_000
# The time of reading grows with the square of the depth; no honest page is half as deep.
_DEEPEST = 400
_READINGS = 6

_TAGS = {
    *("a", "abbr", "b", "blockquote", "br", "caption", "cite", "code", "dd", "del", "details"),
    *("dfn", "div", "dl", "dt", "em", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6"),
    *("hr", "i", "img", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "samp", "small"),
    *("span", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead"),
    *("tr", "u", "ul", "var"),
}
# No class and no id: nothing a learner writes can look like a word of the grader's.
_ATTRIBUTES = {
    "*": {"dir", "lang", "title"},
    "a": {"href"},
    "img": {"alt", "height", "src", "width"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}
# Shown as text long before nh3 reads them. Should one get through to it, it goes with its content.
_WITH_CONTENT = {
    *("script", "style", "template", "title", "iframe", "object", "noscript", "noembed"),
    *("noframes", "xmp", "svg", "math", "select", "textarea", "button", "video", "audio"),
}
_ADDRESS = re.compile(r"(https?://|mailto:)", re.IGNORECASE)
_PICTURE = re.compile(
    r"data:image/(png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/]+={0,2}", re.ASCII
)
_NUMBER = re.compile(r"[0-9]{1,4}", re.ASCII)
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)")
# A tag as programs write it. `<b is what I mean>` is none, since the words would be lost: an
# attribute needs a value. No `<` stands outside quotes, so that a tag that is never closed ends
# at the next one; otherwise the time of reading would grow with the square of the length.
_PIECE = re.compile(
    r"""(?P<style><style(?:\s[^<>]*)?>[^<]*</style\s*>)
    | </?(?P<name>[a-z][a-z0-9]*)
      (?:\s++(?:open(?=[\s>])
              | [^\s"'<>/=]++\s*+=\s*+(?:"[^"]*"|'[^']*'|[^\s"'<>=`][^\s"'<>`]*+)))*+
      \s*+/?>
    | <""",
    re.ASCII | re.IGNORECASE | re.VERBOSE,
)
# A browser leaves out the first end of line in it; what is written must be read as it was meant.
_PRE = re.compile(r"(<pre(?: [^<>]*)?>)\n")
# What a browser closes by itself, or never opens.
_SHALLOW = {"br", "dd", "dt", "hr", "img", "input", "li", "link", "meta", "p", "td", "th", "tr"}
# Signs that no page may hold, and halves of signs, which cannot be written to a file.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_GRADE_ID = re.compile(r"[A-Za-z0-9_-]{1,128}", re.ASCII)


class _Renderer(mistune.HTMLRenderer):
    """Markdown as HTML. A block that is no HTML of ours keeps its lines.

    A block that begins with `<script>` or `<!--` and is never closed goes on to the end of a text.
    """

    def block_html(self, html: str) -> str:
        if _is_ours(_PIECE.match(html.lstrip())):
            return super().block_html(html)
        return f"<pre>{escape(html.strip())}</pre>\n"


_read_markdown = mistune.create_markdown(
    renderer=_Renderer(escape=False), plugins=["strikethrough", "table"]
)


def text(value: Any) -> str:
    """Give a text that can stand on a page: a list of lines is joined, all else is empty."""
    if isinstance(value, list):
        value = "".join(line for line in value if isinstance(line, str))
    return _FORBIDDEN.sub("\ufffd", value) if isinstance(value, str) else ""


def html(source: Any) -> str:
    """Clean a piece of HTML: text, tables, lists, links and pictures that it carries itself.

    The styles of a table that pandas made are left out; no browser shows their text either.

    Parameters
    ----------
    source : str
        Anything.

    Returns
    -------
    str
        Closed tags only, none of them with a script, a style, an address that is loaded, a class
        or an id. Other tags are shown as text. What is too long or too deep to be read comes as
        plain text.
    """
    return _clean(text(source), styles="")


def markdown(source: Any) -> str:
    """Render Markdown, and clean what comes out.

    The name and the one argument are those of nbconvert's filter, whose place it can take.
    """
    given = text(source)
    # Pictures that stand in the text count for nothing: no rule of Markdown reads them again.
    if len(given) <= LONGEST_HTML and len(_PICTURE.sub("", given)) <= LONGEST_TEXT:
        try:
            return _clean(_read_markdown(given))
        except RecursionError:
            pass
    return _plain(given)


def picture(kind: str, content: Any) -> str | None:
    """Give the address of a picture that stands in the page itself; None where it is none.

    A drawing (SVG) is shown as a picture too: there a browser runs none of its scripts.
    """
    given = text(content)
    if kind == "image/svg+xml":
        given = base64.b64encode(given.encode()).decode()
    address = f"data:{kind};base64,{''.join(given.split())}"
    return address if _PICTURE.fullmatch(address) else None


def output(found: dict[str, Any]) -> NotebookNode | None:
    """Reduce an output to one format that is safe in any page, or None if nothing can be shown."""
    kind = found.get("output_type")
    if kind == "stream":
        return NotebookNode(output_type="stream", name="stdout", text=text(found.get("text")))
    if kind == "error":
        lines = found.get("traceback")
        return NotebookNode(
            output_type="error",
            ename=text(found.get("ename")),
            evalue=text(found.get("evalue")),
            traceback=[text(line) for line in lines] if isinstance(lines, list) else [],
        )
    data = found.get("data")
    if not isinstance(data, dict):
        return None
    chosen = {}
    if "text/html" in data:
        chosen = {"text/html": html(data["text/html"])}
    elif "text/markdown" in data:
        chosen = {"text/html": markdown(data["text/markdown"])}
    else:
        for name in (*_PICTURES, "image/svg+xml"):
            if name in data and (address := picture(name, data[name])):
                if name in _PICTURES[:2]:
                    chosen = {name: address.partition(",")[2]}
                else:
                    chosen = {"text/html": f'<img src="{address}" alt="">'}
                break
    if not chosen and "text/plain" in data:
        chosen = {"text/plain": text(data["text/plain"])}
    if not chosen:
        return None
    return NotebookNode(output_type="display_data", metadata=NotebookNode(), data=chosen)


class Harmless(Preprocessor):
    """nbconvert's step that makes a learner's notebook safe to show, for any of its templates.

    With `markdown` in the place of nbconvert's filter of this name, formgrader's page of a
    submission runs no script of a learner's either. There it could have changed points.
    """

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Reduce outputs, attachments and metadata to what is known to be safe."""
        nb.metadata = NotebookNode(kernelspec=NotebookNode(name="python3", display_name="Python 3"))
        for cell in nb.cells:
            cell.metadata = _metadata(cell.metadata)
            cell.source = text(cell.source)
            if cell.cell_type == "code":
                cell.outputs = [safe for each in cell.outputs if (safe := output(each)) is not None]
                count = cell.get("execution_count")
                cell.execution_count = count if isinstance(count, int) else None
            elif cell.cell_type == "markdown":
                cell.source = with_attachments(cell)
                cell.pop("attachments", None)
            else:
                # A cell of another kind has no place in a sheet; its text is shown as text.
                cell.cell_type = "markdown"
                cell.source = f"<pre>{nh3.clean_text(cell.source)}</pre>"
        return nb, resources


def with_attachments(cell: NotebookNode) -> str:
    """Give the source of a text cell with its attached pictures written into it.

    Only so many as a page can show: a picture may be named a thousand times. In the place of the
    others it is said that they are not shown.
    """
    source, attached = text(cell.source), cell.get("attachments")
    room = _LONGEST_PICTURES
    for name, content in attached.items() if isinstance(attached, dict) else ():
        for kind in _PICTURES:
            if isinstance(content, dict) and (address := picture(kind, content.get(kind))):
                place = f"(attachment:{name})"
                fits = room // len(address)
                room -= min(fits, source.count(place)) * len(address)
                source = source.replace(place, f"({address})", fits)
                source = source.replace(place, "(a picture too large to be shown here)")
    return source


def _clean(given: str, styles: str | None = None) -> str:
    """Show what is no tag of ours as text, and clean the rest; `styles` stands for each style."""
    if len(given) > LONGEST_HTML or _depth(given) > _DEEPEST:
        return _plain(given)

    def shown(piece: re.Match[str]) -> str:
        if piece["style"] and styles is not None:
            return styles
        return piece[0] if _is_ours(piece) else piece[0].replace("<", "&lt;")

    found = _PIECE.sub(shown, given)
    # What stands wrongly in a table is moved, and may stand wrongly again where it is put.
    for _ in range(_READINGS):
        before, found = found, _only_ours(found)
        if found == before:
            return found
    return _plain(given)


def _is_ours(piece: re.Match[str] | None) -> bool:
    return bool(piece and piece["name"] and piece["name"].lower() in _TAGS)


def _plain(given: str) -> str:
    """Show a text as it was typed, and say so where it is too long."""
    rest = "<p>(The rest is too long to be shown here.)</p>" if len(given) > LONGEST_TEXT else ""
    return _only_ours(f"<pre>{escape(given[:LONGEST_TEXT])}</pre>{rest}")


def _only_ours(given: str) -> str:
    """Read as a browser reads, and write only what is on the lists: nothing else is ever live."""
    found = nh3.clean(
        given,
        tags=_TAGS,
        clean_content_tags=_WITH_CONTENT,
        attributes=_ATTRIBUTES,
        attribute_filter=_attribute,
        url_schemes={"data", "http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )
    return _PRE.sub(r"\1\n\n", found)


def _metadata(found: Any) -> NotebookNode:
    mine = found.get("nbgrader") if isinstance(found, dict) else None
    if not isinstance(mine, dict) or not _GRADE_ID.fullmatch(str(mine.get("grade_id"))):
        return NotebookNode()
    return NotebookNode(nbgrader=mine)


def _attribute(tag: str, name: str, value: str) -> str | None:
    if name == "href":
        return value if _ADDRESS.match(value) else None
    if name == "src":
        return value if _PICTURE.fullmatch(value) else None
    if name in ("width", "height", "colspan", "rowspan", "start"):
        return value if _NUMBER.fullmatch(value) else None
    if name == "dir":
        return value if value in ("ltr", "rtl", "auto") else None
    return value


def _depth(source: str) -> int:
    """Give an upper bound of how deep the tags stand in each other."""
    opened: dict[str, int] = {}
    depth = deepest = 0
    for close, name in _TAG.findall(source):
        name = name.lower()
        if name in _SHALLOW:
            continue
        if not close:
            opened[name] = opened.get(name, 0) + 1
            depth += 1
            deepest = max(deepest, depth)
        elif opened.get(name):
            opened[name] -= 1
            depth -= 1
    return deepest
