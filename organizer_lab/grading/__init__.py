"""The facilitator's side: release exercises, and mark answers apart from the learner's code.

Nothing that a learner runs imports this package, and the learner edition does not hold it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from organizer_lab.errors import LabError, nearest

# The nbgrader course directory of this checkout.
COURSE = Path(__file__).resolve().parents[2] / "exercises"


def configuration(folder: Path) -> Any:
    """Read the ``nbgrader_config.py`` of a course directory, as traitlets' ``Config``.

    Raises
    ------
    LabError
        If there is none, or Python cannot run it.
    """
    from traitlets.config import PyFileConfigLoader
    from traitlets.config.loader import ConfigFileNotFound

    try:
        return PyFileConfigLoader("nbgrader_config.py", path=str(folder)).load_config()
    except ConfigFileNotFound:
        raise LabError(f"{folder} is no course directory: it has no nbgrader_config.py.") from None
    except Exception as error:  # whatever the code of the file does
        raise LabError(
            f"{folder / 'nbgrader_config.py'} cannot be read ({type(error).__name__}: {error}). "
            "Mend it, or take it back from your copy."
        ) from None


def need_exercise(week: str, folder: Path) -> None:
    """Stop where a course directory has no exercise of this name.

    Raises
    ------
    LabError
        With the name that is nearest to it.
    """
    known = [path.name for path in sorted((folder / "source").glob("week-*"))]
    if week not in known:
        raise LabError(
            f"There is no exercise '{week}' in {folder / 'source'}.{nearest(week, known)}"
        )
