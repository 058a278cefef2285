"""The button of the last lesson: it writes the files and lists them. It sends nothing."""

from __future__ import annotations

import html
import os
from pathlib import Path
from typing import Any

from organizer_lab.errors import LabError
from organizer_lab.explore import STATIC
from organizer_lab.export.folder import CERTIFICATE, FILES, left_out, report, write
from organizer_lab.plan import Plan

LABEL = "Write my files"
_WRITTEN = {name: what for name, what in FILES.items() if name != CERTIFICATE}


class Button:
    """A button in a notebook, and a list of the files in a page without a kernel.

    Parameters
    ----------
    plan : Plan, optional
        By default the plan on the disk at the moment of the click.
    folder : path, optional
        By default ``export`` beside ``plan.json``.
    """

    def __init__(self, plan: Plan | None = None, folder: Path | str | None = None):
        self.plan, self.folder = plan, folder

    def press(self) -> str:
        """Write the files, and say which ones there are."""
        plan = Plan.load() if self.plan is None else self.plan
        return report(write(plan, self.folder), left_out(plan))

    def page(self) -> str:
        """Give the HTML for a built page: what the button writes. Nothing is written for it."""
        rows = "".join(
            f'<tr><th scope="row"><code>{name}</code></th><td>{html.escape(what)}</td></tr>'
            for name, what in _WRITTEN.items()
        )
        return (
            '<table class="ol-files"><caption>In a running notebook a button stands here. It '
            f"writes these files into the folder <code>export</code>.</caption>{rows}</table>"
        )

    def widget(self) -> Any:
        """Give the live view: the button above its report."""
        import ipywidgets

        control = ipywidgets.Button(
            description=LABEL, icon="download", layout={"width": "max-content"}
        )
        answer = ipywidgets.HTML()

        def press(_: Any) -> None:
            try:
                text = self.press()
            except LabError as error:
                text = str(error)
            # Lines of their own, and no learner's sign becomes an element.
            answer.value = f'<div role="status"><pre>{html.escape(text)}</pre></div>'

        control.on_click(press)
        return ipywidgets.VBox([control, answer])

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        if os.environ.get(STATIC) == "1":
            return {"text/html": self.page(), "text/plain": repr(self)}
        bundle = dict(self.widget()._repr_mimebundle_())
        bundle["text/html"] = self.page()
        bundle["text/plain"] = repr(self)
        return bundle

    def __repr__(self) -> str:
        return f"Button '{LABEL}'. It writes: {', '.join(_WRITTEN)}."


def button(plan: Plan | None = None, folder: Path | str | None = None) -> Button:
    """Give the button that writes all files of the plan into a folder.

    Parameters
    ----------
    plan : Plan, optional
        By default the plan on the disk at the moment of the click.
    folder : path, optional
        By default ``export`` beside ``plan.json``.
    """
    return Button(plan, folder)
