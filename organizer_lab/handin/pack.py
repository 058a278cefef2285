"""The package: a notebook and its plan in one zip, with a list of what is in it.

It is made by the learner and read by the facilitator. It holds no name of a person.
"""

from __future__ import annotations

import base64
import hashlib
import html
import io
import json
import os
import re
import zipfile
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from organizer_lab import start
from organizer_lab.errors import LabError
from organizer_lab.files import WEEK
from organizer_lab.handin import sheets
from organizer_lab.handin.doctor import Looked, left, look, saved
from organizer_lab.handin.examine import with_kept

LABEL = "Pack my exercise"
MANIFEST = "manifest.json"
PLAN = "plan.json"
KIND = "organizer-lab-package"
FORMAT = 1

# In bytes, the same for both sides: what is packed can be read, collected and graded.
LARGEST_PACKAGE = 50_000_000
LARGEST_NOTEBOOK = 50_000_000
LARGEST_PLAN = 5_000_000
_LARGEST_MANIFEST = 1_000_000
# A larger package is only named: a browser gets slow with it in a page.
_LARGEST_LINK = 5_000_000
# Widgets draw a link as plain text; JupyterLab names its colour for links, light and dark.
_AS_LINK = "color: var(--jp-content-link-color, currentColor); text-decoration: underline"


@dataclass(frozen=True)
class Package:
    """What is in a package.

    Attributes
    ----------
    week : str
        Such as ``"week-1"``.
    edition : str
        Which state of the sheet the learner had.
    made : datetime
        When it was packed, in UTC, by the learner's clock.
    notebook : bytes
    plan : bytes or None
    findings : list of str
        What the doctor found when it was packed.
    """

    week: str
    edition: str
    made: datetime
    notebook: bytes
    plan: bytes | None
    findings: list[str]


def edition(week: str) -> str:
    """Name the state of a week's sheet: the same sheet has the same name everywhere."""
    return hashlib.sha256(sheets.original(week)).hexdigest()[:16]


def pack(file: Path | str | None = None, *, anyway: bool = False) -> None:
    """Pack the notebook and the plan of this folder into one zip for the facilitator.

    Parameters
    ----------
    file : path, optional
        By default the notebook in this folder.
    anyway : bool
        Pack it also when something in it would cost points.

    Raises
    ------
    LabError
        If there is no notebook, or something in it would cost points.
    """
    place, report = make(file, anyway=anyway)
    print(report)
    if link := _link(place):
        import ipywidgets
        from IPython.display import display

        # A widget, because a notebook keeps other outputs, and would grow with each package.
        display(ipywidgets.HTML(link))


def make(file: Path | str | None = None, *, anyway: bool = False) -> tuple[Path, str]:
    """Write the package.

    Returns
    -------
    tuple
        Where it is, and what to say about it.

    Raises
    ------
    LabError
        As for `pack`.
    """
    looked = look(file)
    path, week, found, _ = looked
    if found.costly and not anyway:
        sentences = "\n".join(f"- {finding.text}" for finding in found.costly)
        raise LabError(
            f"{path.name} was not packed, because this would cost you points:\n{sentences}\n"
            "lab.doctor() makes a mended copy. lab.pack(anyway=True) packs it as it is."
        )
    notebook = sheets.content_of(path)
    if len(notebook) > LARGEST_NOTEBOOK:
        # Nearly all of it is what the cells show, and grading shows it anew.
        notebook = sheets.as_file(with_kept(found))
    if len(notebook) > LARGEST_NOTEBOOK:
        raise LabError(
            f"{path.name} was not packed: it has more than {LARGEST_NOTEBOOK // 10**6} MB, also "
            "without what its cells show. Take out the pictures or tables that are in its text."
        )
    files = {f"{week}.ipynb": notebook}
    if plan := _plan(path.resolve().parent):
        files[PLAN] = plan
    manifest = {
        "kind": KIND,
        "format": FORMAT,
        "week": week,
        "edition": edition(week),
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
        "findings": [finding.text for finding in found.findings],
    }
    files[MANIFEST] = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    if len(archive.getvalue()) > LARGEST_PACKAGE:
        raise LabError(
            f"{path.name} was not packed: the package would have more than "
            f"{LARGEST_PACKAGE // 10**6} MB. Clear its outputs (Edit, Clear Outputs of All Cells)."
        )
    place = path.with_name(f"{week}.zip")
    sheets.write(place, archive.getvalue())
    return place, _report(looked, place, PLAN in files)


def _plan(folder: Path) -> bytes | None:
    """Read the plan beside the notebook, else the one at the root of the course."""
    for place in (folder, *folder.parents):
        at_root = (place / "weeks").is_dir() and (place / "exercises").is_dir()
        path = place / PLAN
        if (place == folder or at_root) and path.is_file():
            content = sheets.content_of(path)
            return content if len(content) <= LARGEST_PLAN else None
    return None


def _report(looked: Looked, place: Path, with_plan: bool) -> str:
    path, _, found, release = looked
    lines = [
        f"Packed: {place.name}, with your notebook as it was saved at {saved(path)}"
        + (", and your plan." if with_plan else ". There was no plan.json beside it."),
    ]
    lines += [f"- {finding.text}" for finding in found.findings]
    lines += left(found.notebook, release)
    lines.append("Nothing was sent. Give this one file to your facilitator.")
    return "\n".join(lines)


def _link(place: Path) -> str:
    """Give a link that saves the package on the learner's computer, where it is not there yet."""
    if start.place().key == "computer" or place.stat().st_size > _LARGEST_LINK:
        return ""
    content = base64.b64encode(place.read_bytes()).decode()
    name = html.escape(place.name)
    return (
        f'<p><a style="{_AS_LINK}" download="{name}" '
        f'href="data:application/zip;base64,{content}">Save {name} on your computer</a></p>'
    )


def read(content: bytes) -> Package:
    """Read a package, trusting nothing in it.

    Parameters
    ----------
    content : bytes
        The zip.

    Raises
    ------
    LabError
        If it is no package, is damaged or too large, or its files are not those of its list.
    """
    if len(content) > LARGEST_PACKAGE:
        raise LabError("The package is too large.")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            files = _members(archive)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError) as error:
        raise LabError("The file is not a zip, or it is damaged. Ask for it again.") from error
    except (OSError, EOFError, ValueError, RuntimeError, zlib.error) as error:
        raise LabError("The package is damaged. Ask for it again.") from error
    manifest = _manifest(files.pop(MANIFEST, b""))
    week, sums = manifest["week"], manifest["files"]
    notebook = f"{week}.ipynb"
    if notebook not in files or set(files) != set(sums) or set(files) - {notebook, PLAN}:
        raise LabError("The files in the package are not those of its list. Ask for it again.")
    for name, file in files.items():
        if hashlib.sha256(file).hexdigest() != sums[name]:
            raise LabError(f"{name} was changed after it had been packed. Ask for it again.")
    return Package(
        week,
        manifest["edition"],
        manifest["made"],
        files[notebook],
        files.get(PLAN),
        manifest["findings"],
    )


def _members(archive: zipfile.ZipFile) -> dict[str, bytes]:
    """Read the few files that a package may hold, each up to its limit and no further."""
    members = archive.infolist()
    if len(members) > 3 or len({member.filename for member in members}) != len(members):
        raise LabError("This is not a package of Organizer Lab: it holds other files.")
    files = {}
    for member in members:
        name = member.filename
        if name in (MANIFEST, PLAN):
            limit = _LARGEST_MANIFEST if name == MANIFEST else LARGEST_PLAN
        elif re.fullmatch(rf"{WEEK}\.ipynb", name):
            limit = LARGEST_NOTEBOOK
        else:
            raise LabError("This is not a package of Organizer Lab: it holds other files.")
        if member.flag_bits & 1:
            raise LabError("The package is locked with a password. Ask for one without.")
        with archive.open(member) as file:
            # What a zip says about sizes may be wrong, so the reading itself is bounded.
            files[name] = file.read(limit + 1)
        if len(files[name]) > limit:
            raise LabError(f"{name} in the package is too large.")
    return files


def _manifest(content: bytes) -> dict[str, Any]:
    wrong = LabError("This is not a package of Organizer Lab: its list is missing or damaged.")
    try:
        manifest = json.loads(content)
        if manifest["kind"] != KIND:
            raise wrong
        if manifest["format"] != FORMAT:
            raise LabError("The package was made by another edition of the course. Update yours.")
        texts = [manifest["week"], manifest["edition"], *manifest["findings"]]
        texts += [text for pair in manifest["files"].items() for text in pair]
        if not all(isinstance(text, str) for text in texts):
            raise wrong
        if not re.fullmatch(WEEK, manifest["week"]):
            raise wrong
        made = datetime.fromisoformat(manifest["made"])
        manifest["made"] = made.astimezone(UTC) if made.tzinfo else made.replace(tzinfo=UTC)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        raise wrong from None
    return manifest


class Button:
    """A button in a notebook that packs the exercise, and its description in a built page."""

    def __init__(self, file: Path | str | None = None):
        self.file = file

    def press(self) -> str:
        """Write the package, and say what is in it or why it was not made."""
        return self._press()[0]

    def _press(self) -> tuple[str, str]:
        """Give what to say, and the HTML of a link to the package."""
        try:
            place, report = make(self.file)
        except LabError as error:
            return str(error), ""
        return report, _link(place)

    def page(self) -> str:
        """Give the HTML for a page without a kernel. Nothing is written for it."""
        return (
            '<p class="ol-pack">In a running notebook a button stands here. It packs your notebook '
            "and your <code>plan.json</code> into one file for your facilitator.</p>"
        )

    def widget(self) -> Any:
        """Give the live view: the button above its report."""
        import ipywidgets

        control = ipywidgets.Button(
            description=LABEL, icon="archive", layout={"width": "max-content"}
        )
        answer = ipywidgets.HTML()

        def press(_: Any) -> None:
            # Lines of their own, and no learner's sign becomes an element.
            report, link = self._press()
            said = html.escape(report)
            answer.value = f'<div role="status"><pre>{said}</pre></div>{link}'

        control.on_click(press)
        return ipywidgets.VBox([control, answer])

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        shown = {"text/html": self.page(), "text/plain": repr(self)}
        # The variable that explorers use, too: a page has no kernel for a button.
        if os.environ.get("ORGANIZER_LAB_STATIC") == "1":
            return shown
        return {**self.widget()._repr_mimebundle_(), **shown}

    def __repr__(self) -> str:
        return f"Button '{LABEL}'. It packs your notebook and your plan into one file."


def button(file: Path | str | None = None) -> Button:
    """Give the button that packs the notebook in this folder.

    Parameters
    ----------
    file : path, optional
        Another notebook.
    """
    return Button(file)
