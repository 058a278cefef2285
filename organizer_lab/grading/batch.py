"""Grade all submissions of a week: a pool of processes that run them, and one writer.

The result is nbgrader's own: the same gradebook, the same folder ``autograded/``. A facilitator can
go on with formgrader, ``nbgrader generate_feedback`` or ``nbgrader export`` at any point, and can
mix this command with ``nbgrader autograde``.

What was done is written down line by line in ``exercises/grading/<week>.jsonl`` after it is in the
gradebook, so a batch that was stopped at any moment goes on where it was.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import signal
import stat
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from organizer_lab.errors import LabError, shown
from organizer_lab.grading import configuration, need_exercise, roster
from organizer_lab.grading.alone import alone
from organizer_lab.grading.incoming import LARGEST_NOTEBOOK
from organizer_lab.grading.sandbox import Limits
from organizer_lab.grading.submission import Graded, Template, grade
from organizer_lab.plan import FILE as PLAN

JOURNAL = "grading"
_BATCH = 20
_LARGEST_FILE = LARGEST_NOTEBOOK
_MOST_FILES = 60
_TRIES = 2
# Within so many seconds a scheduler must answer.
_ANSWERS = 20


@dataclass
class Summary:
    """What a run did.

    Attributes
    ----------
    graded, unchanged : list of str
        Ids of learners that were graded now, and of those that needed no grading.
    repaired : dict
        What was mended, by learner.
    stopped : dict
        Why a submission did not run to its end, by learner. It has the points it had earned.
    failed : dict
        Why a submission could not be graded at all, by learner.
    seconds : float
        How long it took.
    """

    graded: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    repaired: dict[str, list[str]] = field(default_factory=dict)
    stopped: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    def __str__(self) -> str:
        """Say it in lines."""
        lines = [
            f"Graded: {len(self.graded)}. Unchanged since the last time: {len(self.unchanged)}. "
            f"Mended before grading: {len(self.repaired)}. "
            f"Could not be graded: {len(self.failed)}. ({self.seconds:.0f} s)"
        ]
        for title, found in (
            ("Did not run to the end", self.stopped),
            ("Mended", {name: "; ".join(texts) for name, texts in self.repaired.items()}),
            ("Not graded", self.failed),
        ):
            lines += [f"{title}: {shown(name)}: {text}" for name, text in sorted(found.items())]
        return "\n".join(lines)


_WORDS = {
    "time": "it used up its time",
    "cell": "a cell ran for too long; the cells after it ran",
    "died": "its Python ended before the last cell",
    "output": "it wrote too much",
    "missing": "there is no notebook",
}


def grade_week(
    week: str,
    folder: Path | None = None,
    *,
    jobs: int | None = None,
    cluster: str | None = None,
    again: bool = False,
    say: Callable[[str], None] | None = None,
) -> Summary:
    """Grade every submission of a week that is new or has changed.

    Parameters
    ----------
    week : str
        Such as ``"week-3"``.
    folder : Path, optional
        The nbgrader course directory; by default ``exercises`` of this checkout.
    jobs : int, optional
        How many processes run submissions; by default one for each processor.
    cluster : str, optional
        Address of a dask scheduler, such as ``tcp://127.0.0.1:8786``, instead of processes.
    again : bool
        Grade also what has not changed.
    say : callable, optional
        Is told the progress, a line at a time.

    Raises
    ------
    LabError
        If the week is not released, there is nothing to grade, the sandbox does not work, or
        gradebook or folders cannot be written.
    """
    from organizer_lab.grading.release import FOLDER

    start, summary = time.monotonic(), Summary()
    try:
        course = Course((folder or FOLDER).resolve())
        template = course.template(week)
        waiting = course.submissions(week)
        if not waiting:
            raise LabError(
                f"There are no submissions of {week} in {course.submitted}. "
                f"Collect them first: organizer-lab collect {week} --roster roster.csv"
            )
        with (
            alone(course.folder / JOURNAL, f"Grading {week}"),
            Writer(course, week, template) as writer,
        ):
            pending = _pending(writer, waiting, summary, again)
            # Closed here, so that no process runs on after an error or Ctrl-C.
            with contextlib.closing(
                _results(course, week, template, pending, jobs, cluster)
            ) as results:
                for count, (learner, seen, result) in enumerate(results, 1):
                    if isinstance(result, str):
                        summary.failed[learner] = result
                    else:
                        writer.add(learner, seen, result)
                        summary.graded.append(learner)
                        if result.repaired:
                            summary.repaired[learner] = result.repaired
                        if result.end != "done":
                            summary.stopped[learner] = _WORDS.get(result.end, result.end)
                    if say and (count % _BATCH == 0 or count == len(pending)):
                        rate = 60 * count / (time.monotonic() - start)
                        say(f"{week}: {count} of {len(pending)} graded, {rate:.0f} in a minute")
    except (OSError, SQLAlchemyError) as error:
        raise LabError(
            f"Grading stopped: {getattr(error, 'orig', None) or error}. Is there space on the "
            "disk, may you write in the course directory, and is the gradebook open in no other "
            "program? What was graded before this is kept; run the command again."
        ) from error
    summary.seconds = time.monotonic() - start
    return summary


def _pending(writer: Writer, waiting: list[str], summary: Summary, again: bool) -> list[str]:
    """Choose who has to be graded, and note the others in the summary."""
    pending = []
    for learner in waiting:
        try:
            learner.encode()
            seen = "" if again else writer.course.fingerprint(learner, writer.week)
        except UnicodeEncodeError:
            summary.failed[learner] = "the name of its folder is not UTF-8; give it another one"
        except OSError as error:
            summary.failed[learner] = _unreadable(error)
        else:
            if not again and writer.knows(learner, seen):
                summary.unchanged.append(learner)
            else:
                pending.append(learner)
    return pending


def _unreadable(error: OSError) -> str:
    return f"its folder cannot be read ({error.strerror})"


# -- the course directory --------------------------------------------------------------------


class Course:
    """An nbgrader course directory, as its own configuration describes it."""

    def __init__(self, folder: Path):
        from nbgrader.coursedir import CourseDirectory

        self.config = config = configuration(folder)
        self.directory = CourseDirectory(config=config)
        if "root" not in config.CourseDirectory:
            self.directory.root = str(folder)
        self.folder = Path(self.directory.root)
        self.submitted = self.folder / self.directory.submitted_directory
        self.autograded = self.folder / self.directory.autograded_directory

    def gradebook(self, *, make: bool = False) -> Any:
        """Open nbgrader's gradebook.

        Parameters
        ----------
        make : bool
            Whether to make it where there is none.

        Raises
        ------
        LabError
            If there is none. nbgrader would make an empty one without a word, and all points of a
            lost one would seem to be nothing.
        """
        from nbgrader.api import Gradebook
        from sqlalchemy import make_url

        place = make_url(self.directory.db_url)
        if not make and place.get_backend_name() == "sqlite" and place.database:
            file = Path(place.database)
            if not file.exists():
                raise LabError(
                    f"There is no gradebook {file}. Take {file.name} back from your copy of this "
                    "folder. Only where nothing was graded yet, let a new one be made: "
                    "organizer-lab release week-N"
                )
        return Gradebook(self.directory.db_url, self.directory.course_id)

    def template(self, week: str) -> Template:
        """Read what the gradebook and the release say about a week's sheet."""
        from nbgrader.api import MissingEntry
        from nbgrader.utils import is_grade

        sheet = self.folder / self.directory.release_directory / week / f"{week}.ipynb"
        try:
            release = json.loads(sheet.read_text("utf-8"))
            with self.gradebook() as book:
                notebook = book.find_notebook(week, week)
                points = {cell.name: cell.max_score for cell in notebook.grade_cells}
                points |= {cell.name: cell.max_score for cell in notebook.task_cells}
                cells = {
                    cell.name: {
                        "cell_type": cell.cell_type,
                        "source": cell.source,
                        "checksum": cell.checksum,
                        "locked": bool(cell.locked),
                        "points": points.get(cell.name),
                    }
                    for cell in notebook.source_cells
                }
                kernelspec = json.loads(notebook.kernelspec) if notebook.kernelspec else None
        except (MissingEntry, OSError, ValueError):
            if (self.folder / "source").is_dir():
                need_exercise(week, self.folder)
            raise LabError(
                f"'{week}' is not released here. Run: organizer-lab release {week}"
            ) from None
        for cell in release["cells"]:
            mine = cell["metadata"].get("nbgrader", {})
            if mine.get("grade_id") in cells:
                found = cells[mine["grade_id"]]
                found["metadata"] = {**mine, "checksum": found["checksum"]}
                if is_grade(_Cell(cell)) and found["points"] is not None:
                    found["metadata"]["points"] = found["points"]
        cells = {name: cell for name, cell in cells.items() if "metadata" in cell}
        settings = self.config.get("SandboxedExecute", {})
        limits = Limits(**{name: float(value) for name, value in settings.items()})
        return Template(week, release, cells, kernelspec, limits)

    def submissions(self, week: str) -> list[str]:
        """List the learners who handed in something; a link is no folder of a learner."""
        if not self.submitted.is_dir():
            return []
        return sorted(
            entry.name
            for entry in os.scandir(self.submitted)
            if entry.is_dir(follow_symlinks=False)
            and not entry.name.startswith(".")
            and Path(entry.path, week).is_dir()
            and not Path(entry.path, week).is_symlink()
        )

    def files(self, learner: str, week: str) -> dict[str, bytes]:
        """Read a submission. Links, folders and files of absurd size are not followed or read."""
        from nbgrader.utils import ignore_patterns

        folder = self.submitted / learner / week
        ignored = ignore_patterns(list(self.directory.ignore))(
            str(folder), sorted(os.listdir(folder))
        )
        found: dict[str, bytes] = {}
        # The notebook first: a hundred photographs beside it must not take its place.
        for entry in sorted(
            os.scandir(folder), key=lambda each: (not _is_notebook(each.name), each.name)
        ):
            if entry.name in ignored or len(found) >= _MOST_FILES:
                continue
            with contextlib.suppress(OSError):
                handle = os.open(entry.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
                with os.fdopen(handle, "rb") as file:
                    state = os.fstat(handle)
                    if stat.S_ISREG(state.st_mode) and state.st_size <= _LARGEST_FILE:
                        found[entry.name] = file.read()
        return found

    def fingerprint(self, learner: str, week: str) -> str:
        """Give a name to the content of a submission."""
        digest = hashlib.sha256()
        for name, content in self.files(learner, week).items():
            digest.update(f"{name}\0{len(content)}\0".encode("utf-8", "surrogateescape"))
            digest.update(content)
        return digest.hexdigest()

    def timestamp(self, files: dict[str, bytes]) -> datetime | None:
        """Read when a submission was handed in; None where its file does not say it."""
        from nbgrader.utils import parse_utc

        with contextlib.suppress(Exception):
            return parse_utc(files["timestamp.txt"].decode().strip())
        return None


def _is_notebook(name: str) -> bool:
    return name.lower().endswith(".ipynb")


class _Cell(dict):  # type: ignore[type-arg]
    """A cell of a notebook, with the access by name that nbgrader's functions use."""

    __getattr__ = dict.__getitem__


# -- running ---------------------------------------------------------------------------------


def _results(
    course: Course,
    week: str,
    template: Template,
    pending: list[str],
    jobs: int | None,
    cluster: str | None,
) -> Generator[tuple[str, str, Graded | str], None, None]:
    """Give each learner, the content that was graded, and the result or why there is none."""
    if not pending:
        return
    with _engine(min(jobs or os.cpu_count() or 1, len(pending)), cluster) as engine:
        waiting: dict[Future[Graded], tuple[str, str]] = {}
        rest, suspects = list(reversed(pending)), list[str]()
        while rest or suspects or waiting:
            # Only so many at once: the memory of a batch does not grow with its size. Those who
            # were there when a process ended are tried one by one, to see whose doing it was.
            while (suspects and not waiting) or (
                rest and not suspects and len(waiting) < 2 * engine.size
            ):
                single, learner = bool(suspects), (suspects or rest).pop()
                try:
                    files = course.files(learner, week)
                    seen = course.fingerprint(learner, week)
                except OSError as error:
                    yield learner, "", _unreadable(error)
                    continue
                try:
                    waiting[engine.submit(files, template)] = (learner, seen)
                except BrokenProcessPool:
                    # A process ended just now: with whom is seen below, or it was idle.
                    (suspects if single else rest).append(learner)
                    if not waiting:
                        engine.restart()
                    break
                if single:
                    break
            if not waiting:
                continue
            for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                learner, seen = waiting.pop(future)
                try:
                    yield learner, seen, future.result()
                except LabError:
                    raise
                except BrokenProcessPool:
                    engine.restart()
                    if single:
                        yield learner, seen, "the process that ran it ended twice"
                    else:
                        suspects += [learner, *(name for name, _ in waiting.values())]
                        waiting.clear()
                    break
                except Exception as error:
                    yield learner, seen, f"{type(error).__name__}: {error}"


def _while_held(line: Connection) -> None:
    """Let a process live as long as the one that writes holds its end of a line.

    Ctrl-C is left to that one. When it lets go, or is killed, nobody waits for the result any more:
    the process ends in the middle of a submission, and its sandbox with it.
    """

    def end() -> None:
        # Nothing is ever sent: what comes is the end of the line.
        with contextlib.suppress(EOFError, OSError):
            line.recv_bytes()
        os._exit(1)

    threading.Thread(target=end, daemon=True).start()


@contextlib.contextmanager
def _deaf() -> Iterator[None]:
    """Let a process that is started here ignore Ctrl-C from its first moment.

    A terminal tells all processes of a command. One that is still loading would answer with a
    traceback.
    """
    if threading.current_thread() is not threading.main_thread():
        # Only the main thread may say what a signal does, and only it gets one.
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _nothing_to_do() -> None:
    """Show that a process can begin, and has what grading needs."""


class _Pool:
    """Processes of this machine."""

    def __init__(self, size: int):
        self.size = size
        self.far_end, self.line = get_context("spawn").Pipe(duplex=False)
        self._start()

    def _start(self) -> None:
        # "spawn": a process that was forked from this one would share its gradebook.
        self.pool = ProcessPoolExecutor(
            self.size,
            mp_context=get_context("spawn"),
            initializer=_while_held,
            initargs=(self.far_end,),
        )

    def restart(self) -> None:
        """Begin with new processes, after one has ended; but not where none can begin.

        Raises
        ------
        LabError
            If a process ends that has nothing to do.
        """
        self.pool.shutdown(wait=False, cancel_futures=True)
        self._start()
        try:
            with _deaf():
                answer = self.pool.submit(_nothing_to_do)
            answer.result()
        except BrokenProcessPool:
            raise LabError(
                "No process can be started to grade in. Is there memory left, and is the "
                "environment whole? Try '--jobs 1', and 'python bootstrap.py' to mend it."
            ) from None

    def submit(self, files: dict[str, bytes], template: Template) -> Future[Graded]:
        # The pool starts its processes when there is work for them.
        with _deaf():
            return self.pool.submit(grade, files, template)

    def stop(self) -> None:
        """End the processes at once, whatever they do."""
        self.line.close()

    def close(self) -> None:
        """Let the processes end."""
        self.pool.shutdown(cancel_futures=True)
        self.line.close()
        self.far_end.close()


class _Cluster:
    """Workers of a dask cluster. They need this package, bubblewrap and libseccomp."""

    def __init__(self, address: str):
        try:
            from distributed import Client
        except ImportError:
            raise LabError(
                "A cluster needs the package 'distributed': "
                "pip install 'organizer-lab[grading,cluster]'"
            ) from None
        try:
            self.client = Client(address, timeout=_ANSWERS, set_as_default=False)
        except OSError as error:
            raise LabError(f"No scheduler answers at {address} ({error}).") from None
        self.size = max(1, sum(self.client.nthreads().values()))

    def restart(self) -> None:
        """Nothing to do: the scheduler gives lost work to other workers."""

    def submit(self, files: dict[str, bytes], template: Template) -> Future[Graded]:
        done: Future[Graded] = Future()
        remote = self.client.submit(grade, files, template, pure=False, retries=_TRIES)

        def tell(found: Any) -> None:
            if done.cancelled():
                return
            error = found.exception()
            if error is None:
                done.set_result(found.result())
            else:
                done.set_exception(error)

        remote.add_done_callback(tell)
        return done

    def stop(self) -> None:
        """Nothing to do: the scheduler drops the work of a client that has gone."""

    def close(self) -> None:
        self.client.close()


@contextlib.contextmanager
def _engine(size: int, cluster: str | None) -> Iterator[_Pool | _Cluster]:
    engine = _Cluster(cluster) if cluster else _Pool(size)
    try:
        yield engine
    except BaseException:
        engine.stop()
        raise
    finally:
        engine.close()


# -- recording -------------------------------------------------------------------------------


class Writer:
    """The only one that writes: gradebook, then ``autograded/``, then the journal.

    A batch of submissions is one transaction. If it is stopped between two of these steps, the
    submissions of that batch are graded again the next time, with the same result.
    """

    def __init__(self, course: Course, week: str, template: Template):
        self.course, self.week, self.template = course, week, template
        self.sheet = template.fingerprint()
        self.path = course.folder / JOURNAL / f"{week}.jsonl"
        self.batch: list[tuple[str, str, Graded]] = []
        self.done: dict[str, dict[str, Any]] = {}

    def __enter__(self) -> Writer:
        self.path.parent.mkdir(exist_ok=True)
        self.done = read_journal(self.path)
        if self.path.exists() and not self.path.read_bytes().endswith(b"\n"):
            # A line that was cut short must not take the next one with it.
            with open(self.path, "a", encoding="utf-8") as journal:
                journal.write("\n")
        self.book = self.course.gradebook()
        self._read_ids()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            # Also after an interruption: what is finished is kept.
            if kind is None or issubclass(kind, KeyboardInterrupt | LabError):
                # It may have come in the middle of a batch, which is then written once more.
                self.book.db.rollback()
                self._read_ids()
                self.flush()
        finally:
            self.book.close()

    def knows(self, learner: str, seen: str) -> bool:
        """Say whether this content was graded with this state of the sheet, and is recorded."""
        entry = self.done.get(learner, {})
        return (
            entry.get("submission") == seen
            and entry.get("sheet") == self.sheet
            and learner in self.recorded
            and (self.course.autograded / learner / self.week).is_dir()
        )

    def add(self, learner: str, seen: str, result: Graded) -> None:
        """Take one result; it is written with the next batch."""
        self.batch.append((learner, seen, result))
        if len(self.batch) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        """Write what is waiting."""
        if not self.batch:
            return
        late = self._record(self.batch)
        for learner in late:
            self._penalty(learner)
        for learner, _, result in self.batch:
            self._publish(learner, result)
        # The last step: who stands in the journal is not graded again.
        with open(self.path, "a", encoding="utf-8") as journal:
            for learner, seen, result in self.batch:
                entry = {
                    "learner": learner,
                    "submission": seen,
                    "sheet": self.sheet,
                    "end": result.end,
                    "repaired": result.repaired,
                    "points": sum(score or 0 for score in result.scores.values()),
                }
                journal.write(json.dumps(entry, ensure_ascii=False) + "\n")
            journal.flush()
            os.fsync(journal.fileno())
        self.batch = []

    def _read_ids(self) -> None:
        """Read once which rows the gradebook has, so that no submission has to be searched for."""
        from nbgrader import api

        session = self.book.db
        self.assignment = self.book.find_assignment(self.week)
        self.notebook = self.book.find_notebook(self.week, self.week)
        self.students = set(session.scalars(select(api.Student.id)))
        self.recorded: dict[str, str] = dict(
            session.execute(
                select(api.SubmittedAssignment.student_id, api.SubmittedNotebook.id)
                .join(
                    api.SubmittedNotebook,
                    api.SubmittedNotebook.assignment_id == api.SubmittedAssignment.id,
                )
                .where(
                    api.SubmittedAssignment.assignment_id == self.assignment.id,
                    api.SubmittedNotebook.notebook_id == self.notebook.id,
                )
            ).all()
        )
        self.graded_cells = {
            cell.name: cell.id for cell in (*self.notebook.grade_cells, *self.notebook.task_cells)
        }
        self.commented = {
            cell.name: cell.id
            for cell in (*self.notebook.solution_cells, *self.notebook.task_cells)
        }
        self.due = self.assignment.duedate
        self.ids = (self.assignment.id, self.notebook.id)
        session.rollback()

    def _record(self, batch: list[tuple[str, str, Graded]]) -> list[str]:
        """Write the rows of a batch in one transaction; give those who are late.

        The rows are those of nbgrader's own steps (add_submission, SaveAutoGrades): a manual score
        stays, and is to be looked at again.
        """
        from nbgrader import api

        new: dict[type, list[dict[str, Any]]] = {
            kind: []
            for kind in (
                api.Student,
                api.SubmittedAssignment,
                api.SubmittedNotebook,
                api.Grade,
                api.Comment,
            )
        }
        fresh: dict[str, str] = {}
        late = []
        session = self.book.db
        for learner, _, result in batch:
            when = self.course.timestamp(self.course.files(learner, self.week))
            if self.due and when and when > self.due:
                late.append(learner)
            if learner in self.recorded:
                self._update(learner, result, when)
                continue
            if learner not in self.students:
                # Formgrader joins the two names, and shows "None" for one that is not there.
                name = {"last_name": roster.called(learner), "first_name": ""}
                new[api.Student].append({"id": learner, **name})
            submission, notebook = api.new_uuid(), api.new_uuid()
            fresh[learner] = notebook
            new[api.SubmittedAssignment].append(
                {
                    "id": submission,
                    "assignment_id": self.ids[0],
                    "student_id": learner,
                    "timestamp": when,
                }
            )
            new[api.SubmittedNotebook].append(
                {"id": notebook, "assignment_id": submission, "notebook_id": self.ids[1]}
            )
            for name, cell in self.graded_cells.items():
                score = result.scores.get(name)
                new[api.Grade].append(
                    {
                        "cell_id": cell,
                        "notebook_id": notebook,
                        "auto_score": score,
                        "needs_manual_grade": score is None,
                    }
                )
            for name, cell in self.commented.items():
                new[api.Comment].append(
                    {
                        "cell_id": cell,
                        "notebook_id": notebook,
                        "auto_comment": result.comments.get(name),
                    }
                )
        for kind, rows in new.items():
            if rows:
                session.execute(insert(kind), rows)
        session.commit()
        self.students.update(fresh)
        self.recorded |= fresh
        return late

    def _update(self, learner: str, result: Graded, when: datetime | None) -> None:
        from nbgrader import api

        session, notebook = self.book.db, self.recorded[learner]
        if when is not None:
            session.execute(
                update(api.SubmittedAssignment)
                .where(
                    api.SubmittedAssignment.student_id == learner,
                    api.SubmittedAssignment.assignment_id == self.ids[0],
                )
                .values(timestamp=when)
                .execution_options(synchronize_session=False)
            )
        # Who is late now is said afterwards; the deadline may have been moved since.
        session.execute(
            update(api.SubmittedNotebook)
            .where(api.SubmittedNotebook.id == notebook)
            .values(late_submission_penalty=None)
            .execution_options(synchronize_session=False)
        )
        for name, cell in self.graded_cells.items():
            score = result.scores.get(name)
            session.execute(
                update(api.Grade)
                .where(api.Grade.notebook_id == notebook, api.Grade.cell_id == cell)
                .values(
                    auto_score=score,
                    needs_manual_grade=(
                        api.Grade.manual_score.isnot(None) if score is not None else True
                    ),
                )
                .execution_options(synchronize_session=False)
            )
        for name, cell in self.commented.items():
            session.execute(
                update(api.Comment)
                .where(api.Comment.notebook_id == notebook, api.Comment.cell_id == cell)
                .values(auto_comment=result.comments.get(name))
                .execution_options(synchronize_session=False)
            )

    def _publish(self, learner: str, result: Graded) -> None:
        """Put the graded notebook and the files beside it into ``autograded/``, all at once."""
        target = self.course.autograded / learner / self.week
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=target.parent, prefix=".new-"))
        try:
            files = self.course.files(learner, self.week)
            if result.plan is not None:
                files[PLAN] = result.plan
            for name, content in files.items():
                if not _is_notebook(name):
                    _write(draft / name, content)
            if result.notebook is not None:
                _write(draft / f"{self.week}.ipynb", result.notebook)
            draft.chmod(0o755)
            if target.exists():
                before = Path(tempfile.mkdtemp(dir=target.parent, prefix=".old-"))
                os.replace(target, before / self.week)
                os.replace(draft, target)
                shutil.rmtree(before)
            else:
                os.replace(draft, target)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise

    def _penalty(self, learner: str) -> None:
        """Let nbgrader's own plugin say what lateness costs."""
        from nbgrader.preprocessors import AssignLatePenalties

        step = AssignLatePenalties(config=self.course.config)
        step.init_plugin()
        submission = self.book.find_submission(self.week, learner)
        notebook = self.book.find_submission_notebook(self.week, self.week, learner)
        notebook.late_submission_penalty = None
        penalty = step.plugin_inst.late_submission_penalty(
            learner, notebook.score, submission.total_seconds_late
        )
        if penalty is not None:
            notebook.late_submission_penalty = step._check_late_penalty(notebook, penalty)
        self.book.db.commit()


def read_journal(path: Path) -> dict[str, dict[str, Any]]:
    """Read what was recorded, the last entry of each learner; a line cut short does not count."""
    found: dict[str, dict[str, Any]] = {}
    if path.exists():
        # A name may hold a sign that Python, too, takes for the end of a line.
        for line in path.read_text("utf-8", errors="replace").split("\n"):
            with contextlib.suppress(ValueError, TypeError, KeyError):
                entry = json.loads(line)
                found[entry["learner"]] = entry
    return found


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    # As nbgrader does: nobody changes by mistake what was graded.
    path.chmod(0o444)


def show(line: str) -> None:
    """Show a line of progress, over the one before it where somebody watches."""
    end = "\r" if sys.stderr.isatty() else "\n"
    print(line, end=end, file=sys.stderr, flush=True)
