"""HTML elements that docutils has no node for, such as header cells with a scope."""

from __future__ import annotations

from typing import Any

from docutils import nodes


class element(nodes.TextElement):
    """One HTML element: its name in ``tag``, its attributes in ``html``."""


def make(tag: str, *children: nodes.Node | str, classes: tuple[str, ...] = (), **html: str) -> Any:
    """Make an element.

    Parameters
    ----------
    tag : str
        Such as ``"th"``.
    *children : Node or str
        What stands in it.
    classes : tuple of str
        Its classes.
    **html : str
        Its other attributes; an underscore in a name stands for a hyphen.
    """
    attributes = {name.replace("_", "-"): value for name, value in html.items()}
    made = element("", "", tag=tag, html=attributes, classes=list(classes))
    made += [nodes.Text(child) if isinstance(child, str) else child for child in children]
    return made


def _visit(writer: Any, node: element) -> None:
    writer.body.append(writer.starttag(node, node["tag"], "", **node["html"]))


def _depart(writer: Any, node: element) -> None:
    writer.body.append(f"</{node['tag']}>")


def setup(app: Any) -> None:
    """Tell the HTML writer about the node."""
    app.add_node(element, html=(_visit, _depart))
