"""Settings of the nbgrader course. nbgrader reads them when it runs in this folder."""

import os
import sysconfig
from pathlib import Path

from nbgrader.converters import Autograde, GenerateAssignment
from nbgrader.preprocessors import Execute

from organizer_lab.grading.execute import SandboxedExecute
from organizer_lab.grading.release import FillRubric, ProveRelease
from organizer_lab.grading.repair import AnyNotebook, Repair

c = get_config()  # noqa: F821 - nbgrader defines it

# nbgrader starts the program "alembic" by its name, also where the environment is not activated.
os.environ["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])

c.CourseDirectory.course_id = "organizer-lab"
c.CourseDirectory.root = str(Path(__file__).resolve().parent)
# A submission is one notebook and a plan. Python files beside it could stand in for libraries.
c.CourseDirectory.ignore = [
    ".ipynb_checkpoints",
    "*.pyc",
    "__pycache__",
    "feedback",
    "*.py",
    "*.pth",
    "organizer_lab",
]

# The rubric goes into the task cells first; the proof comes last.
c.GenerateAssignment.preprocessors = [
    FillRubric,
    *GenerateAssignment.preprocessors.default_args[0],
    ProveRelease,
]
# The cells say themselves what to write, so nothing stands in the place of a solution.
c.ClearSolutions.code_stub = {"python": ""}
c.ClearSolutions.text_stub = ""

# A damaged submission is mended before nbgrader looks at it, whatever is wrong with the file.
c.Autograde.exporter_class = AnyNotebook
c.Autograde.sanitize_preprocessors = [
    Repair,
    *Autograde.sanitize_preprocessors.default_args[0],
]
# A cell that a learner deleted is put back; its points are lost, not the submission.
c.OverwriteCells.add_missing_cells = True
# Learners' code runs in the sandbox, and its test cells are judged outside of it: also when
# somebody types "nbgrader autograde" or presses formgrader's button.
c.Autograde.autograde_preprocessors = [
    SandboxedExecute if step is Execute else step
    for step in Autograde.autograde_preprocessors.default_args[0]
]

# Feedback that runs no script and shows no hidden test, also from nbgrader's own command.
c.GenerateFeedback.exporter_class = "organizer_lab.grading.feedback.FeedbackExporter"
# Nor does formgrader's page of a submission run what a learner wrote; it could change points there.
c.HTMLExporter.preprocessors = ["organizer_lab.grading.harmless.Harmless"]
c.HTMLExporter.filters = {"markdown2html": "organizer_lab.grading.harmless.markdown"}
