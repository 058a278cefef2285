"""The campaign plan: one part a week, kept in ``plan.json``.

A part is a typed object whose fields may still be empty: a draft can be saved on any day.
What is missing or does not fit is said by ``problems()``, in sentences and never as a traceback.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from organizer_lab import files
from organizer_lab.errors import LabError
from organizer_lab.plan import whole
from organizer_lab.plan.part import (
    Evidence,
    Part,
    Place,
    Problem,
    Problems,
    in_words,
    personal,
)
from organizer_lab.plan.parts import PARTS
from organizer_lab.plan.rows import rows
from organizer_lab.plan.week_1 import TopicCard
from organizer_lab.plan.week_2 import GapNumber, GapRow, GapStatement
from organizer_lab.plan.week_3 import Funnel, Persona, PersonaAndFunnel
from organizer_lab.plan.week_4 import Idea, IdeaMatrix
from organizer_lab.plan.week_5 import ActionCard, CampaignModel
from organizer_lab.plan.week_6 import LeftOut, Worklist, WorklistPage
from organizer_lab.plan.week_7 import EventPlan, Message, Registration, Risk, Role, Task
from organizer_lab.plan.week_8 import BudgetAndMetrics, BudgetLine, Target
from organizer_lab.plan.week_9 import EvaluationPlan, FollowUp

__all__ = [
    "PARTS",
    "ActionCard",
    "BudgetAndMetrics",
    "BudgetLine",
    "CampaignModel",
    "EvaluationPlan",
    "EventPlan",
    "Evidence",
    "FollowUp",
    "Funnel",
    "GapNumber",
    "GapRow",
    "GapStatement",
    "Idea",
    "IdeaMatrix",
    "LeftOut",
    "Message",
    "Part",
    "Persona",
    "PersonaAndFunnel",
    "Place",
    "Plan",
    "Problem",
    "Problems",
    "Registration",
    "Risk",
    "Role",
    "Target",
    "Task",
    "TopicCard",
    "Worklist",
    "WorklistPage",
    "root",
    "rows",
]

FILE = "plan.json"
PREVIOUS = "plan.previous.json"
FORMAT = 1


class _Saved(BaseModel):
    """What the file says about itself."""

    model_config = ConfigDict(extra="forbid")

    format: Literal[1] = FORMAT
    revision: int = Field(0, ge=0)
    saved: str | None = None


_Parts = create_model(
    "_Parts", __base__=_Saved, **{kind.field: (kind | None, None) for kind in PARTS}
)


class Plan(_Parts):
    """The whole plan of one learner: a field for each of ``PARTS``.

    The parts of the course's own weeks are fields also where ``PARTS`` leaves them out, because
    the exports and the rules between the weeks look for them; they stay empty then.

    Attributes
    ----------
    format : int
        Version of the file's layout.
    revision : int
        Grows by one with each saving. It tells a newer file from an older one.
    saved : str or None
        Time of the last saving, ISO 8601, UTC.
    """

    place: Place | None = None
    topic_card: TopicCard | None = None
    gap_statement: GapStatement | None = None
    persona_and_funnel: PersonaAndFunnel | None = None
    idea_matrix: IdeaMatrix | None = None
    campaign_model: CampaignModel | None = None
    worklist: Worklist | None = None
    event_plan: EventPlan | None = None
    budget_and_metrics: BudgetAndMetrics | None = None
    evaluation_plan: EvaluationPlan | None = None

    @classmethod
    def load(cls, path: Path | str | None = None) -> Plan:
        """Read the plan.

        Parameters
        ----------
        path : path, optional
            A file. By default the newer one of ``plan.json`` in this folder and at the root of
            the course; where neither exists, an empty plan.

        Raises
        ------
        LabError
            If the file cannot be read, is damaged, or breaks the plan's types. It is left as it is.
        """
        if path is not None:
            if not Path(path).exists():
                raise LabError(f"There is no file {path}. A plan is saved by the week-1 exercise.")
            return _read(Path(path))
        found = [_read(file) for file in _places() if file.exists()]
        return max(found, key=lambda plan: plan.revision, default=cls())

    def put(self, *parts: Part) -> Plan:
        """Set parts of the plan, and give the plan back.

        Parameters
        ----------
        *parts : Part
            Such as a `Place` or a `TopicCard`. An older part of the same kind is replaced.
        """
        for part in parts:
            if not isinstance(part, PARTS):
                known = " or ".join(kind.__name__ for kind in PARTS)
                raise LabError(
                    f"'{type(part).__name__}' is not a part of the plan. Give a {known}."
                )
        for part in parts:
            setattr(self, part.field, part)
        return self

    def save(self, path: Path | str | None = None) -> Plan:
        """Write the plan: at the root of the course, and a copy beside the notebook.

        The file before this one is kept as ``plan.previous.json``. While nbgrader runs the
        notebook only the copy is written.

        Parameters
        ----------
        path : path, optional
            Write one file, there.

        Raises
        ------
        LabError
            If a file holds a newer plan than the one that was loaded: nothing is changed then.
            If a file cannot be written: the plan before it is still there.
        """
        targets = [Path(path)] if path else _places()
        for target in targets:
            if target.exists() and (there := _read(target)).revision > self.revision:
                raise LabError(
                    f"{target} is newer than the plan in this notebook (saved {there.saved}). "
                    "Nothing was written. Run the cell with Plan.load() again, then save."
                )
        if self.revision and all(_same_content(target, self) for target in targets):
            return self
        fresh = self.model_copy(
            update={
                "revision": self.revision + 1,
                "saved": datetime.now(UTC).isoformat(timespec="seconds"),
            }
        )
        try:
            text = fresh.model_dump_json(indent=2) + "\n"
        except ValueError as error:
            # Half of an emoji, for example, as some programs cut them.
            raise LabError(f"The plan holds a character that no file can hold ({error}).") from None
        for target in targets:
            _write(target, text)
            # At once: if the next file fails, the first one is not "newer" than this plan.
            self.revision, self.saved = fresh.revision, fresh.saved
        return self

    def parts(self) -> dict[str, Part | None]:
        """Give every part by its field; None for those that are not there yet."""
        return {kind.field: getattr(self, kind.field) for kind in PARTS}

    def problems(self) -> Problems:
        """List what is missing or does not fit: over all parts, then between the weeks."""
        found = Problems()
        for position, kind in enumerate(PARTS):
            name, part = kind.field, getattr(self, kind.field)
            if part is None:
                text = f"{kind.title}, of week {whole.week(position)}, is not there yet."
                found.append(Problem(name, text))
            else:
                own = [*part.problems(), *personal(part)]
                found += [Problem(f"{name}.{p.field}", p.text) for p in own]
        return Problems([*found, *whole.problems(self)])

    def show(self) -> whole.View:
        """Give the state of the plan at a glance: its parts, then what to mend.

        Returns
        -------
        str
            To print; as the last line of a cell it is shown as a table.
        """
        return whole.view(self, PARTS)


def root(start: Path | None = None) -> Path:
    """Find the root of the course: the nearest folder that holds ``weeks`` and ``exercises``.

    Where there is none, as for a notebook that was downloaded alone, it is the folder itself.
    """
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "weeks").is_dir() and (folder / "exercises").is_dir():
            return folder
    return here


def _places() -> list[Path]:
    """Where the plan stands: beside the notebook, and at the root unless nbgrader runs it."""
    here = Path.cwd().resolve()
    if os.environ.get("NBGRADER_EXECUTION"):
        return [here / FILE]
    return list(dict.fromkeys([root(here) / FILE, here / FILE]))


def _read(path: Path) -> Plan:
    try:
        # "sig": some editors put a mark at the beginning that JSON does not know.
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except json.JSONDecodeError as error:
        raise LabError(
            f"{path} is damaged: line {error.lineno}, column {error.colno}: {error.msg}. "
            f"Mend that line, or rename {PREVIOUS} beside it to {FILE}."
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise LabError(
            f"{path} cannot be read ({type(error).__name__}: {error}). "
            f"If there is a {PREVIOUS} beside it, rename that to {FILE}."
        ) from None
    if not isinstance(content, dict):
        raise LabError(f"{path} is not a campaign plan: it should begin with a brace.")
    if isinstance(content.get("format"), int) and content["format"] > FORMAT:
        raise LabError(
            f"{path} was made by a newer edition of the course (format {content['format']}; this "
            f"edition knows {FORMAT}). Get the newer edition; the file was left as it is."
        )
    try:
        return Plan.model_validate(content)
    except ValidationError as error:
        raise LabError(in_words(str(path), error)) from None
    except LabError as error:
        # A part says what is wrong in it, but does not know from which file it comes.
        raise LabError(f"{path}: {error}") from None


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all, and keep the one before it."""
    try:
        if path.exists():
            files.write(path.with_name(PREVIOUS), path.read_bytes())
        files.write(path, text)
    except OSError as error:
        raise LabError(
            f"The plan could not be written to {path} ({error.strerror}). Is the disk full, or "
            "the folder read-only? The plan before it is unchanged."
        ) from error


def _same_content(path: Path, plan: Plan) -> bool:
    stamp = {"revision", "saved"}
    return path.exists() and _read(path).model_dump(exclude=stamp) == plan.model_dump(exclude=stamp)
