"""Explorers: one line in a notebook, alive with a kernel and alive in the built page without one.

With a kernel an explorer is a list or a slider that draws anew for each choice. In the built book
it is a plain figure with a native control over pictures that were drawn when the book was built.
``interact`` and ``Output`` of ipywidgets are not used: they can stall an executed notebook, and
they are dead in a page.
"""

from __future__ import annotations

import html
import json
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from organizer_lab.charts import Chart
from organizer_lab.errors import LabError, nearest

STATIC = "ORGANIZER_LAB_STATIC"
MOST_FRAMES = 40


class Explorer:
    """A chart that follows one choice of the reader.

    Parameters
    ----------
    draw : callable
        Takes one value and gives a `Chart`.
    choices : mapping or sequence
        Every value that can be chosen: ``{"name that people read": value}`` or plain values.
    label : str
        What is chosen, such as "Country". It becomes the visible label of the control.
    start : any, optional
        The value shown first; by default the first one.
    frames : sequence, optional
        The values that the built page offers, where `choices` has more than 40 of them.
    slider : bool
        A slider instead of a list; for values in an order, such as years.

    Raises
    ------
    LabError
        If a start value or frame is not among the choices, or a page would get over 40 pictures.
    """

    def __init__(
        self,
        draw: Callable[[Any], Chart],
        choices: Mapping[str, Any] | Sequence[Any],
        *,
        label: str,
        start: Any = None,
        frames: Sequence[Any] | None = None,
        slider: bool = False,
    ):
        named = (
            choices if isinstance(choices, Mapping) else {str(value): value for value in choices}
        )
        self.draw, self.label, self.slider = draw, label, slider
        self.choices: dict[str, Any] = dict(named)
        if not self.choices:
            raise LabError(f"The explorer '{label}' has nothing to choose from.")
        values = list(self.choices.values())
        self.start = values[0] if start is None else start
        self.frames = list(values if frames is None else frames)
        unknown = [value for value in [self.start, *self.frames] if value not in values]
        if unknown:
            raise LabError(f"The explorer '{label}' has no choice {unknown[0]!r}.")
        if self.start not in self.frames:
            self.frames.insert(0, self.start)

    def page(self) -> str:
        """Give the figure for a built page: start picture, control, and all other pictures.

        The control is hidden until the page's script finds it, because without script it could
        not do anything.
        """
        names = [name for name, value in self.choices.items() if value in self.frames]
        if len(names) > MOST_FRAMES:
            raise LabError(
                f"The explorer '{self.label}' would put {len(names)} pictures on the page; "
                f"{MOST_FRAMES} are the most. Name the values for the page with frames=[...]."
            )
        charts = [self.draw(self.choices[name]) for name in names]
        at = next(i for i, name in enumerate(names) if self.choices[name] == self.start)
        label = html.escape(self.label)
        if self.slider:
            control = (
                f'<label>{label} <input type="range" min="0" max="{len(names) - 1}" step="1" '
                f'value="{at}"> <output>{html.escape(names[at])}</output></label>'
            )
        else:
            options = "".join(
                f'<option value="{i}"{" selected" if i == at else ""}>{html.escape(name)}</option>'
                for i, name in enumerate(names)
            )
            control = f"<label>{label} <select>{options}</select></label>"
        pictures = [
            {"name": name, "src": chart.src, "alt": chart.alt, "caption": chart.caption}
            for name, chart in zip(names, charts, strict=True)
        ]
        # "<" is written as an escape so that no caption can end the script element.
        script = json.dumps(pictures, ensure_ascii=False).replace("<", "\\u003c")
        return (
            f'<figure class="ol-explorer"><div class="ol-control" hidden>{control}</div>'
            f"{charts[at].img()}"
            f'<figcaption aria-live="polite">{html.escape(charts[at].caption)}</figcaption>'
            f'<script type="application/json" class="ol-frames">{script}</script></figure>'
        )

    def widget(self) -> Any:
        """Give the live view: an ipywidgets control above the picture.

        A list is a text field with suggestions, not a drop-down: JupyterLab takes letters typed
        on a drop-down as its own shortcuts, and "x" would cut the cell.
        """
        import ipywidgets

        picture = ipywidgets.HTML(self._frame(self.start))
        if self.slider:
            control = ipywidgets.SelectionSlider(
                options=list(self.choices.items()), value=self.start, description=self.label
            )
        else:
            control = ipywidgets.Combobox(
                options=list(self.choices),
                placeholder=self._offer(self.start),
                continuous_update=False,
                description=self.label,
                layout={"width": "32em", "max_width": "100%"},
            )
        control.style.description_width = "initial"

        def slide(change: dict) -> None:
            picture.value = self._frame(change["new"])

        def choose(change: dict) -> None:
            name = change["new"].strip()
            if not name:
                return
            if name in self.choices:
                picture.value = self._frame(self.choices[name])
                control.placeholder = self._offer(self.choices[name])
                # An empty field offers all names again.
                control.value = ""
            else:
                hint = nearest(name, self.choices)
                picture.value = (
                    f"<p>'{html.escape(name)}' is not in the list.{html.escape(hint)}</p>"
                )

        control.observe(slide if self.slider else choose, names="value")
        return ipywidgets.VBox([control, picture])

    def _offer(self, value: Any) -> str:
        name = next(name for name, each in self.choices.items() if each == value)
        return f"{name} – type or choose another"

    def _frame(self, value: Any) -> str:
        try:
            return self.draw(value)._repr_html_()
        except LabError as error:
            return f"<p>{html.escape(str(error))}</p>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        if os.environ.get(STATIC) == "1":
            return {"text/html": self.page(), "text/plain": repr(self)}
        view = self.widget()
        bundle = dict(view._repr_mimebundle_())
        # A notebook saved and read elsewhere still shows the start picture.
        bundle["text/html"] = view.children[1].value
        bundle["text/plain"] = repr(self)
        return bundle

    def __repr__(self) -> str:
        return f"Explorer: {self.label}, {len(self.choices)} choices. {self.draw(self.start).alt}"
