"""Explorers: one line in a notebook, alive with a kernel and alive in the built page without one.

With a kernel an explorer is a list or a slider, or two of them, that draw anew for each choice. In
the built book it is a plain figure with native controls over pictures that were drawn when the
book was built. ``interact`` and ``Output`` of ipywidgets are not used: they can stall an executed
notebook, and they are dead in a page.
"""

from __future__ import annotations

import html
import itertools
import json
import math
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from organizer_lab.charts import Chart
from organizer_lab.errors import LabError, nearest

STATIC = "ORGANIZER_LAB_STATIC"
MOST_FRAMES = 40


class Control:
    """One choice of the reader.

    Parameters
    ----------
    choices : mapping or sequence
        Every value that can be chosen: ``{"name that people read": value}`` or plain values.
    label : str
        What is chosen, such as "Country". It becomes the visible label of the control.
    start : any, optional
        The value shown first; by default the first one.
    frames : sequence, optional
        The values that the built page offers, where it cannot offer all of them.
    slider : bool
        A slider instead of a list; for values in an order, such as years.

    Raises
    ------
    LabError
        If there is no choice, or a start value or frame is not among the choices.
    """

    def __init__(
        self,
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
        self.label, self.slider = label, slider
        self.choices: dict[str, Any] = dict(named)
        if not self.choices:
            raise LabError(f"The explorer '{label}' has nothing to choose from.")
        values = list(self.choices.values())
        self.start = values[0] if start is None else start
        offered = list(values if frames is None else frames)
        unknown = [value for value in [self.start, *offered] if value not in values]
        if unknown:
            raise LabError(f"The explorer '{label}' has no choice {unknown[0]!r}.")
        # In the order of the choices. Always with the start value.
        self.offered = [
            name for name, value in self.choices.items() if value in offered or value == self.start
        ]

    def name(self, value: Any) -> str:
        """Give the name of a value."""
        return next(name for name, each in self.choices.items() if each == value)

    def html(self) -> str:
        """Give the native, labelled control of a built page."""
        label, at = html.escape(self.label), self.offered.index(self.name(self.start))
        if self.slider:
            now = html.escape(self.offered[at])
            # The name stands beside the slider for the eye, and in aria-valuetext for the ear.
            return (
                f'<label>{label} <input type="range" min="0" max="{len(self.offered) - 1}" '
                f'step="1" value="{at}" aria-valuetext="{now}"> '
                f'<output aria-hidden="true">{now}</output></label>'
            )
        options = "".join(
            f'<option value="{i}"{" selected" if i == at else ""}>{html.escape(name)}</option>'
            for i, name in enumerate(self.offered)
        )
        return f"<label>{label} <select>{options}</select></label>"

    def widget(self, choose: Callable[[Any], None], refuse: Callable[[str], None]) -> Any:
        """Give the live control.

        A list is a text field with suggestions, not a drop-down: JupyterLab takes letters typed
        on a drop-down as its own shortcuts, and "x" would cut the cell.

        Parameters
        ----------
        choose : callable
            Called with each chosen value.
        refuse : callable
            Called with a sentence where a typed name is not in the list.
        """
        import ipywidgets

        if self.slider:
            control = ipywidgets.SelectionSlider(
                options=list(self.choices.items()), value=self.start, description=self.label
            )
        else:
            control = ipywidgets.Combobox(
                options=list(self.choices),
                placeholder=_offer(self.name(self.start)),
                continuous_update=False,
                description=self.label,
                layout={"width": "32em", "max_width": "100%"},
            )
        control.style.description_width = "initial"

        def typed(name: str) -> None:
            if name in self.choices:
                control.placeholder = _offer(name)
                choose(self.choices[name])
                # An empty field offers all names again.
                control.value = ""
            elif name:
                refuse(f"'{name}' is not in the list.{nearest(name, self.choices)}")

        control.observe(
            (lambda change: choose(change["new"]))
            if self.slider
            else (lambda change: typed(change["new"].strip())),
            names="value",
        )
        return control


def _offer(name: str) -> str:
    return f"{name} – type or choose another"


class Explorer:
    """A chart that follows one or two choices of the reader.

    Parameters
    ----------
    draw : callable
        Takes one value, or two where there is a second control, and gives a `Chart`.
    choices, label, start, frames, slider
        The first or only control; see `Control`.
    second : Control, optional
        Another choice beside the first one.

    Raises
    ------
    LabError
        If a start value or frame is not among the choices. When the page is made: if it would get
        more than 40 pictures, which two controls multiply.
    """

    def __init__(
        self,
        draw: Callable[..., Chart],
        choices: Mapping[str, Any] | Sequence[Any],
        *,
        label: str,
        start: Any = None,
        frames: Sequence[Any] | None = None,
        slider: bool = False,
        second: Control | None = None,
    ):
        first = Control(choices, label=label, start=start, frames=frames, slider=slider)
        self.draw = draw
        self.controls = [first, second] if second else [first]

    @property
    def start(self) -> list[Any]:
        """The value that each control shows first."""
        return [control.start for control in self.controls]

    @property
    def label(self) -> str:
        """What is chosen."""
        return " and ".join(control.label for control in self.controls)

    def page(self) -> str:
        """Give the figure for a built page: start picture, controls, and all other pictures.

        The controls are hidden until the page's script finds them, because without script they
        could not do anything. Start picture, caption and numbers are there without script.
        """
        sizes = [len(control.offered) for control in self.controls]
        if math.prod(sizes) > MOST_FRAMES:
            raise LabError(
                f"The explorer '{self.label}' would put {math.prod(sizes)} pictures on the page; "
                f"{MOST_FRAMES} are the most. Name the values for the page with frames=[...]."
            )
        frames, start = [], None
        # The last control runs fastest: the page's script counts in the same way.
        for names in itertools.product(*(control.offered for control in self.controls)):
            values = [c.choices[name] for c, name in zip(self.controls, names, strict=True)]
            chart = self.draw(*values)
            frame = {
                "name": names[0] if len(names) == 1 else names,
                "src": chart.src,
                "alt": chart.alt,
                "height": chart.height,
                "caption": chart.caption,
            }
            if chart.numbers:
                frame["numbers"] = chart.numbers.plain()
            frames.append(frame)
            if values == self.start:
                start = chart
        # "<" is written as an escape so that no caption can end the script element.
        script = json.dumps(frames, ensure_ascii=False).replace("<", "\\u003c")
        controls = "".join(control.html() for control in self.controls)
        return (
            f'<figure class="ol-explorer"><div class="ol-control" hidden>{controls}</div>'
            f"{start.img()}{start.numbers.html() if start.numbers else ''}"
            f'<figcaption aria-live="polite">{html.escape(start.caption)}</figcaption>'
            f'<script type="application/json" class="ol-frames">{script}</script></figure>'
        )

    def widget(self) -> Any:
        """Give the live view: ipywidgets controls above the picture, its numbers below.

        The numbers are an own part with an own switch, so that they stay open from one choice to
        the next.
        """
        import ipywidgets

        values = self.start
        picture, numbers = ipywidgets.HTML(), ipywidgets.HTML()
        switch = ipywidgets.Checkbox(description="Show the numbers", indent=False)
        shown: list[Chart | None] = [None]

        def say(sentence: str) -> None:
            picture.value, numbers.value = f"<p>{html.escape(sentence)}</p>", ""

        def count(_: Any = None) -> None:
            chart = shown[0]
            here = chart is not None and chart.numbers is not None and switch.value
            numbers.value = chart.numbers.table() if here else ""

        def show() -> None:
            try:
                shown[0] = self.draw(*values)
            except LabError as error:
                shown[0] = None
                say(str(error))
            else:
                picture.value = shown[0].figure()
                count()

        def follow(at: int) -> Callable[[Any], None]:
            def choose(value: Any) -> None:
                values[at] = value
                show()

            return choose

        controls = [control.widget(follow(at), say) for at, control in enumerate(self.controls)]
        switch.observe(count, names="value")
        show()
        return ipywidgets.VBox([*controls, picture, switch, numbers])

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        if os.environ.get(STATIC) == "1":
            return {"text/html": self.page(), "text/plain": repr(self)}
        bundle = dict(self.widget()._repr_mimebundle_())
        # A notebook saved and read elsewhere still shows the start picture.
        bundle["text/html"] = self.draw(*self.start)._repr_html_()
        bundle["text/plain"] = repr(self)
        return bundle

    def __repr__(self) -> str:
        many = " × ".join(str(len(control.choices)) for control in self.controls)
        return f"Explorer: {self.label}, {many} choices. {self.draw(*self.start).alt}"
