"""The command ``organizer-lab``: one subcommand for each task of a maintainer or facilitator.

Every subcommand imports its room only when it is called, so that `organizer-lab data list` works
where nbgrader and Jupyter Book are not installed.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from organizer_lab.errors import LabError
from organizer_lab.files import WEEK

# What commands a terminal or turns the direction of a line, and halves of signs.
_COMMANDS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def _say(text: object, file: TextIO | None = None) -> None:
    """Print lines in which words of learners stand: they must not command the terminal."""
    print(_COMMANDS.sub(lambda sign: ascii(sign[0])[1:-1], str(text)), file=file)


def _data_list(args: argparse.Namespace) -> None:
    from organizer_lab import data

    for name, row in data.tables().iterrows():
        print(f"{name:32} {row['rows']:>6,}  {row['title']}")


def _data_card(args: argparse.Namespace) -> None:
    from organizer_lab import data

    print(data.card(args.table))


def _data_check(args: argparse.Namespace) -> None:
    from organizer_lab import contract

    contract.check_or_raise(args.folder)


def _data_refresh(args: argparse.Namespace) -> None:
    from organizer_lab import files, refresh

    if bool(args.table) == args.all:
        raise LabError("Name one table, or say --all: organizer-lab data refresh --all.")
    if args.table:
        if args.report:
            raise LabError("A report is written of all tables only: with --all, without a name.")
        refresh.refresh(args.table, write=not args.dry_run)
        return
    found = refresh.everything(write=not args.dry_run)
    print(f"\n{found.summary()}")
    if args.report:
        args.report.parent.mkdir(parents=True, exist_ok=True)
        files.write(args.report, found.report())
        print(f"The report: {args.report}")
    if found.failed:
        raise LabError(f"{len(found.failed)} could not be refreshed: {', '.join(found.failed)}.")


def _data_add(args: argparse.Namespace) -> None:
    from organizer_lab import tables

    print(tables.add(args.file))


def _data_keep(args: argparse.Namespace) -> None:
    from organizer_lab import tables

    gone = tables.keep(args.tables)
    print(f"Tables that stay: {len(args.tables)}. Gone: {', '.join(gone) or 'none'}.")


def _data_prepare(args: argparse.Namespace) -> None:
    from organizer_lab import prepared

    for path in prepared.write():
        print(f"made: {path.name}")


def _release(args: argparse.Namespace) -> None:
    from organizer_lab.grading import release

    folder = _course_folder(args) or release.FOLDER
    for week in args.weeks or release.weeks_with_exercise(folder):
        print(release.release(week, folder=folder))


def _course_folder(args: argparse.Namespace) -> Path | None:
    """Give the course directory: the one that was named, else this folder if it is one.

    None stands for the one of the checkout. It is taken inside the checkout only: whoever types a
    command beside the folder of a cohort does not want it to write there.
    """
    from organizer_lab.grading import COURSE

    if args.course:
        return args.course
    if Path("nbgrader_config.py").exists():
        return Path()
    if not Path.cwd().is_relative_to(COURSE.parent):
        raise LabError(
            f"This folder, {Path.cwd()}, holds no course: go into the folder of your cohort "
            "(cd FOLDER), or name it with --course FOLDER."
        )
    return None


def _collect(args: argparse.Namespace) -> None:
    from organizer_lab.grading import collect, roster
    from organizer_lab.grading.incoming.paws import Paws

    # Before the roster: in a wrong folder that is missing too, and is not what is wrong.
    folder = _course_folder(args)
    found = collect.collect(
        args.week,
        roster.read(args.roster),
        args.source,
        folder,
        paws=Paws(args.paws, pause=args.pause),
        pattern=args.pattern,
        replace=args.replace,
        dry_run=args.dry_run,
        afresh=args.afresh,
        say=collect.show,
    )
    _say(found)
    if args.dry_run:
        print("Nothing was written.")
        return
    print(f"The list: {found.folder / 'received' / args.week / collect.REPORT}")
    if found.troubles:
        raise LabError(
            f"{found.troubles} {'was' if found.troubles == 1 else 'were'} not collected; "
            "the reasons stand above. "
            "Put them right, and collect again: the others are not touched."
        )
    print(f"Next: organizer-lab grade {args.week}")


def _grade(args: argparse.Namespace) -> None:
    from organizer_lab.grading import batch

    summary = batch.grade_week(
        args.week,
        _course_folder(args),
        jobs=args.jobs,
        cluster=args.cluster,
        again=args.again,
        say=batch.show,
    )
    _say(summary)
    if summary.failed:
        raise LabError(f"{len(summary.failed)} could not be graded; the reasons stand above.")


def _feedback(args: argparse.Namespace) -> None:
    from organizer_lab.grading import batch, feedback

    made = feedback.feedback(args.week, args.learner, _course_folder(args), say=batch.show)
    _say(made)
    if made.failed:
        raise LabError(f"{len(made.failed)} have no page; the reasons stand above.")


def _report(args: argparse.Namespace) -> None:
    from organizer_lab.grading import batch, report

    folders = args.course or filter(None, [_course_folder(args)])
    page, *tables = report.report(
        args.to, tuple(folders), roster=args.roster, names=args.names, say=batch.show
    )
    print(f"The report: {page}")
    print(f"Its tables: {', '.join(table.name for table in tables)}")


def _certificates(args: argparse.Namespace) -> None:
    from organizer_lab.grading import certificates

    _say(certificates.certificates(_course_folder(args), args.roster, to=args.to))


def _cohort_new(args: argparse.Namespace) -> None:
    from organizer_lab.cohort import folder

    print(
        folder.new(
            args.folder,
            start=args.start,
            time_zone=args.time_zone,
            name=args.name,
            session=args.session,
            pauses=args.pause,
            language=args.language,
        )
    )


def _cohort_dates(args: argparse.Namespace) -> None:
    from organizer_lab.cohort import folder

    print(folder.table(folder.update(args.folder)))
    print(f"The gradebook and {folder.CALENDAR} have these dates now.")


def _cohort_check(args: argparse.Namespace) -> None:
    from organizer_lab.cohort import ready

    found = ready.check(args.folder, args.week)
    _say(found)
    if found.wrong:
        raise LabError("Put right what is wrong, and check again.")


def _cohort_pairs(args: argparse.Namespace) -> None:
    from organizer_lab.cohort import pairs, settings
    from organizer_lab.grading import roster

    cohort = settings.read(args.folder)
    people = roster.read(args.folder / "roster.csv")
    _say(pairs.make(args.folder, cohort, args.week, people, args.handed_in))


def _cohort_messages(args: argparse.Namespace) -> None:
    from organizer_lab.cohort import messages, settings

    cohort = settings.read(args.folder)
    for path, when in messages.write(cohort, args.week, args.to or args.folder / messages.FOLDER):
        print(f"{path}: {when}")


def _rubric(args: argparse.Namespace) -> None:
    from organizer_lab.grading import sheet

    # In a course directory, its own rubrics.
    folder = Path("rubrics") if Path("nbgrader_config.py").exists() else None
    print(sheet.rubric(args.week, args.to, folder))


def _agreement(args: argparse.Namespace) -> None:
    from organizer_lab.grading import agreement, pages

    if args.to and args.to.resolve() in {args.first.resolve(), args.second.resolve()}:
        raise LabError(f"{args.to} holds the points of a grader. Give --to another name.")
    found = agreement.Comparison(args.first, args.second)
    if args.to:
        pages.write(args.to, found.csv())
    _say(found)
    if args.to:
        print(f"The disagreements: {args.to}")


def _doctor(args: argparse.Namespace) -> None:
    from organizer_lab.handin import doctor

    files: list[Path] = []
    for word in args.files:
        handed_in = sorted(args.submitted.glob(f"*/{word}/*.ipynb"))
        if not re.fullmatch(WEEK, word) or Path(word).exists():
            files.append(Path(word))
        elif handed_in:
            files += handed_in
        else:
            raise LabError(f"Nobody has handed in {word}: {args.submitted}/*/{word} is empty.")
    visits = [doctor.visit(file, mend=args.mend) for file in files]
    _say("\n\n".join(text for _, text in visits))
    if undone := sum(not done for done, _ in visits):
        raise LabError(f"{undone} of {len(visits)} could not be looked at or mended; see above.")


def _pack(args: argparse.Namespace) -> None:
    from organizer_lab.handin import pack

    _say(pack.make(args.file, anyway=args.anyway)[1])


def _book(args: argparse.Namespace) -> None:
    from organizer_lab.book import build

    build.book(serve=args.serve, everything=args.all)


def _site(args: argparse.Namespace) -> None:
    from organizer_lab.editions import site

    print(site.site(args.to, pdf=not args.no_pdf).as_uri())


def _learners(args: argparse.Namespace) -> None:
    from organizer_lab import learners

    learners.build()


def _lite(args: argparse.Namespace) -> None:
    from organizer_lab import learners
    from organizer_lab.lite import parts, site, start_page

    if args.to is None and not (site.SITE / "index.html").exists():
        raise LabError(
            f"There is no website in {site.SITE} that could lead to it. Build that first: "
            "'make site'. Or name another folder: organizer-lab lite --to FOLDER."
        )
    # What is missing is said before the edition is built.
    folder = args.wheels or (site.WHEELS if site.WHEELS.is_dir() else None)
    missing = parts.gather(folder, site.CACHE, args.incomplete).missing
    target = (args.to or site.SITE / "lite").resolve()
    page = site.build(learners.build(), target, args.wheels, incomplete=args.incomplete)
    print(f"The course for the browser: {page}")
    print(f"A first start loads up to {start_page.megabytes(target)} MB.")
    if missing:
        print(f"Only for trying; it lacks {len(missing)} packages, so lessons do not run in it.")
    if start_page.announce(target.parent, target, missing):
        print(f"The book leads to it: {target.parent / start_page.BOOK_PAGE}")
    else:
        print("No page of a book leads to it there.")


def _publish_learners(args: argparse.Namespace) -> None:
    from organizer_lab import publish

    if args.edition is None:
        from organizer_lab import learners

        if changed := publish.unsaved():
            raise LabError(
                f"Commit first, so that everybody can find out what was published. {len(changed)} "
                f"{'file is' if len(changed) == 1 else 'files are'} not committed, such as "
                f"{changed[0]}."
            )
        args.edition = learners.build()
    _say(publish.learners(args.to, args.edition, args.branch, dry_run=args.dry_run))


def _publish_notes(args: argparse.Namespace) -> None:
    from organizer_lab import files, publish

    text = publish.notes(args.version)
    if args.to:
        args.to.parent.mkdir(parents=True, exist_ok=True)
        files.write(args.to, f"{text}\n")
        print(f"The notes: {args.to}")
    else:
        print(text)


def _course(args: argparse.Namespace) -> None:
    from organizer_lab import course, quizzes

    whole = course.load(args.file)
    print(whole.summary())
    print(quizzes.check({week.id: week.objectives for week in whole.weeks}))


def _tidy(args: argparse.Namespace) -> None:
    from organizer_lab import notebooks

    changed = notebooks.tidy(args.files, check=args.check)
    for path in changed:
        print(f"{'not tidy' if args.check else 'tidied'}: {path}")
    if changed and args.check:
        raise LabError("Run 'organizer-lab tidy' and commit again.")
    # What no program can put right: long cells, ids without words, pictures without a text.
    files = args.files or notebooks.sources()
    found = [f"{path}, {problem}" for path in files for problem in notebooks.problems(path)]
    if found:
        raise LabError(
            "Notebooks break rules that CONTRIBUTING.md explains under 'Change a notebook':\n"
            + "\n".join(f"- {each}" for each in found)
        )


def _prose(args: argparse.Namespace) -> None:
    from organizer_lab.book.checks import prose

    print(prose.report(args.files))


def _links(args: argparse.Namespace) -> None:
    from organizer_lab.book.checks import external

    found = external.links()
    if not args.check:
        print(external.listing(found))
        return
    answers = external.check(found, timeout=args.timeout)
    text, broken = external.findings(found, answers)
    print(text or "Every link works.")
    # A server that answers gives a number, also where the page is gone.
    if answers and not any(a.state != "broken" or a.reason[:3].isdigit() for a in answers.values()):
        raise LabError("No address answered. Is this computer connected to the network?")
    if broken:
        raise LabError(f"{broken} of {len(found)} links are broken. Mend or replace them.")


def _plan_show(args: argparse.Namespace) -> None:
    from organizer_lab.plan import Plan

    _say(Plan.load(args.file).show())


def _plan_export(args: argparse.Namespace) -> None:
    from organizer_lab import export
    from organizer_lab.plan import Plan

    if (args.points is None) != (args.of is None):
        raise LabError("Give both --points and --of, or none: such as --points 60 --of 72.")
    folder = args.to or (args.file.parent / export.FOLDER if args.file else None)
    plan, given = Plan.load(args.file), {"points": args.points, "of": args.of}
    paths = export.write(plan, folder, **given, name=args.name)
    print(export.report(paths, export.left_out(plan, **given)))


_COURSE = "the course directory (default: this folder; in a checkout, ours)"


def _several(text: str) -> int:
    count = int(text) if text.isdecimal() else 0
    if count < 1:
        raise argparse.ArgumentTypeError("give a whole number, 1 or more")
    return count


def parser() -> argparse.ArgumentParser:
    """Build the parser of the whole command."""
    top = argparse.ArgumentParser(
        prog="organizer-lab",
        description="Build, check, release and refresh the Organizer Lab course.",
    )
    rooms = top.add_subparsers(title="commands", required=True, metavar="COMMAND")

    tables = rooms.add_parser("data", help="the tables of the course").add_subparsers(
        required=True, metavar="ACTION"
    )
    tables.add_parser("list", help="name, rows and title of each table").set_defaults(
        run=_data_list
    )
    card = tables.add_parser("card", help="source, licence, units and caveats of one table")
    card.add_argument("table")
    card.set_defaults(run=_data_card)
    check = tables.add_parser("check", help="test every table against its contract")
    check.add_argument("--folder", type=Path, help="a folder with datapackage.json (default: ours)")
    check.set_defaults(run=_data_check)
    new = tables.add_parser("add", help="add a CSV file with its description, in two runs")
    new.add_argument("file", type=Path, metavar="TABLE.csv")
    new.set_defaults(run=_data_add)
    keep = tables.add_parser("keep", help="take all other tables out, as for another topic")
    keep.add_argument("tables", nargs="+", metavar="TABLE")
    keep.set_defaults(run=_data_keep)
    fresh = tables.add_parser("refresh", help="fetch the provider's current edition of a table")
    fresh.add_argument("table", nargs="?")
    fresh.add_argument("--all", action="store_true", help="every table that has a provider")
    fresh.add_argument("--report", type=Path, metavar="FILE", help="of --all, in Markdown")
    fresh.add_argument(
        "--dry-run", action="store_true", help="show what would change, write nothing"
    )
    fresh.set_defaults(run=_data_refresh)

    tables.add_parser(
        "prepare", help="make the files that are prepared or invented for teaching"
    ).set_defaults(run=_data_prepare)

    course = rooms.add_parser(
        "course", help="check course.yml and the questions of the lessons, and print the weeks"
    )
    course.add_argument("--file", type=Path, help="another course file (default: ours)")
    course.set_defaults(run=_course)

    release = rooms.add_parser("release", help="make the learners' version of an exercise")
    release.add_argument(
        "weeks", nargs="*", metavar="week-N", help="default: every week with an exercise"
    )
    release.add_argument("--course", type=Path, help=_COURSE)
    release.set_defaults(run=_release)

    collect = rooms.add_parser("collect", help="bring the learners' work into submitted/")
    collect.add_argument("week", metavar="week-N")
    collect.add_argument(
        "--roster", type=Path, required=True, help="CSV: username, and if wanted group, paws_path"
    )
    collect.add_argument(
        "--from",
        nargs="+",
        default=["paws"],
        dest="source",
        metavar="SOURCE",
        help="folders, zips or notebooks, or the word paws (default: paws)",
    )
    collect.add_argument("--course", type=Path, help=_COURSE)
    collect.add_argument(
        "--pattern",
        metavar="REGEX",
        help="for names of files, with (?P<student_id>…) and if wanted (?P<timestamp>…)",
    )
    collect.add_argument(
        "--replace", action="store_true", help="take what is offered also if it is not newer"
    )
    collect.add_argument("--dry-run", action="store_true", help="say what would be done")
    collect.add_argument(
        "--afresh", action="store_true", help="ask PAWS for everybody, also after an interruption"
    )
    collect.add_argument(
        "--paws",
        metavar="ADDRESS",
        default=os.environ.get("ORGANIZER_LAB_PAWS", "https://public-paws.wmcloud.org"),
        help="the public copies (default: %(default)s)",
    )
    collect.add_argument(
        "--pause", type=float, default=0.5, metavar="SECONDS", help="between two requests to PAWS"
    )
    collect.set_defaults(run=_collect)

    grade = rooms.add_parser("grade", help="grade all submissions of a week, in the sandbox")
    grade.add_argument("week", metavar="week-N")
    grade.add_argument("--course", type=Path, help=_COURSE)
    grade.add_argument("--jobs", type=_several, help="processes (default: one for each processor)")
    grade.add_argument("--cluster", metavar="ADDRESS", help="a dask scheduler, instead of --jobs")
    grade.add_argument("--again", action="store_true", help="grade also what has not changed")
    grade.set_defaults(run=_grade)

    feedback = rooms.add_parser("feedback", help="a page and an archive for each learner")
    feedback.add_argument("week", metavar="week-N")
    feedback.add_argument("--learner", action="append", default=[], metavar="ID", help="only this")
    feedback.add_argument("--course", type=Path, help=_COURSE)
    feedback.set_defaults(run=_feedback)

    report = rooms.add_parser("report", help="a page and tables about a cohort, without names")
    report.add_argument("--to", type=Path, metavar="FILE", help="default: report/report.html there")
    report.add_argument(
        "--course",
        type=Path,
        action="append",
        metavar="FOLDER",
        help=f"{_COURSE}; several are put together",
    )
    report.add_argument("--roster", type=Path, metavar="FILE", help="for missing work and groups")
    report.add_argument("--names", action="store_true", help="user names instead of pseudonyms")
    report.set_defaults(run=_report)

    issue = rooms.add_parser("certificates", help="certificates, and who is not there yet")
    issue.add_argument("--course", type=Path, help=_COURSE)
    issue.add_argument("--roster", type=Path, metavar="FILE", help="for the names")
    issue.add_argument("--to", type=Path, metavar="FOLDER", help="default: certificates there")
    issue.set_defaults(run=_certificates)

    cohort = rooms.add_parser(
        "cohort", help="a facilitator's folder: dates, checks, pairs, messages"
    ).add_subparsers(required=True, metavar="ACTION")
    begin = cohort.add_parser("new", help="make the folder of a cohort")
    begin.add_argument("folder", type=Path, metavar="FOLDER", help="a new folder")
    begin.add_argument("--start", required=True, metavar="DAY", help="such as 2027-02-01")
    begin.add_argument(
        "--time-zone", required=True, metavar="ZONE", help="such as Africa/Dar_es_Salaam"
    )
    begin.add_argument("--name", default="", help="what the group is called")
    begin.add_argument(
        "--session", metavar="TIME", help="when live sessions begin, such as 'Wed 18:00'"
    )
    begin.add_argument(
        "--pause",
        action="append",
        default=[],
        metavar="DAY",
        help="leave out the week that holds this day; may be given more than once",
    )
    begin.add_argument("--language", default="en", help="of the messages (default: en)")
    begin.set_defaults(run=_cohort_new)
    days = cohort.add_parser("dates", help="write the dates into gradebook and calendar")
    days.set_defaults(run=_cohort_dates)
    ready = cohort.add_parser("check", help="is everything ready for a week?")
    ready.add_argument("week", nargs="?", metavar="week-N", help="default: the week of today")
    ready.set_defaults(run=_cohort_check)
    peers = cohort.add_parser("pairs", help="who gives feedback to whom")
    peers.add_argument("week", metavar="week-N")
    peers.add_argument(
        "--handed-in", metavar="week-N", help="only people whose work of this week was collected"
    )
    peers.set_defaults(run=_cohort_pairs)
    letters = cohort.add_parser("messages", help="what to write to the learners")
    letters.add_argument("week", metavar="week-N")
    letters.add_argument("--to", type=Path, metavar="FOLDER", help="default: messages there")
    letters.set_defaults(run=_cohort_messages)
    for action in (days, ready, peers, letters):
        action.add_argument(
            "--folder", type=Path, default=Path(), help="the cohort's folder (default: this one)"
        )

    rubric = rooms.add_parser("rubric", help="the rubric of a week, to print for graders")
    rubric.add_argument("week", metavar="week-N")
    rubric.add_argument("--to", type=Path, metavar="FILE", help="ends with .html or .md")
    rubric.set_defaults(run=_rubric)

    agree = rooms.add_parser("agreement", help="how far two graders agree")
    agree.add_argument("first", type=Path, help="CSV: learner, question, score")
    agree.add_argument("second", type=Path)
    agree.add_argument("--to", type=Path, metavar="FILE", help="the disagreements as CSV")
    agree.set_defaults(run=_agreement)

    doctor = rooms.add_parser(
        "doctor", help="what is wrong with a notebook, and a mended copy of it"
    )
    doctor.add_argument(
        "files", nargs="+", metavar="FILE|week-N", help="notebooks, or a week that was collected"
    )
    doctor.add_argument("--mend", action="store_true", help="write a mended copy beside each")
    doctor.add_argument(
        "--submitted",
        type=Path,
        default=Path("submitted"),
        metavar="FOLDER",
        help="where collected notebooks are (default: submitted)",
    )
    doctor.set_defaults(run=_doctor)

    pack = rooms.add_parser("pack", help="pack a notebook and its plan for the facilitator")
    pack.add_argument("file", nargs="?", type=Path, help="default: the notebook in this folder")
    pack.add_argument("--anyway", action="store_true", help="also if something costs points")
    pack.set_defaults(run=_pack)

    learners = rooms.add_parser("learners", help="build the learner edition: a folder and a zip")
    learners.set_defaults(run=_learners)

    lite = rooms.add_parser("lite", help="build the course as a site that runs in the browser")
    lite.add_argument("--to", type=Path, metavar="FOLDER", help="default: _build/site/lite")
    lite.add_argument(
        "--wheels", type=Path, metavar="FOLDER", help="the compiled packages (default: lite-wheels)"
    )
    lite.add_argument(
        "--incomplete", action="store_true", help="build without what is missing, to try the rest"
    )
    lite.set_defaults(run=_lite)

    book = rooms.add_parser("book", help="build the book, every notebook executed")
    book.add_argument("--serve", action="store_true", help="then serve it on this computer")
    book.add_argument("--all", action="store_true", help="build each page again, changed or not")
    book.set_defaults(run=_book)

    site = rooms.add_parser("site", help="the book with all that readers can take home, to publish")
    site.add_argument("--to", type=Path, metavar="FOLDER", help="default: _build/site")
    site.add_argument("--no-pdf", action="store_true", help="without the print edition")
    site.set_defaults(run=_site)

    publish = rooms.add_parser(
        "publish", help="the learner edition as a branch, and the notes of a release"
    ).add_subparsers(required=True, metavar="ACTION")
    edition = publish.add_parser("learners", help="put the learner edition on its branch")
    edition.add_argument(
        "--to", required=True, metavar="REPOSITORY", help="address or folder of a git repository"
    )
    edition.add_argument("--branch", default="learners", help="default: learners")
    edition.add_argument(
        "--edition", type=Path, metavar="FOLDER", help="a finished one (default: build it now)"
    )
    edition.add_argument("--dry-run", action="store_true", help="say what would change")
    edition.set_defaults(run=_publish_learners)
    news = publish.add_parser("notes", help="what the changelog says, if the release is ready")
    news.add_argument("version", help="such as 0.1.0 or v0.1.0")
    news.add_argument("--to", type=Path, metavar="FILE", help="default: on the screen")
    news.set_defaults(run=_publish_notes)

    tidy = rooms.add_parser("tidy", help="strip outputs from notebooks and normalise them")
    tidy.add_argument("files", nargs="*", type=Path, help="default: every notebook of the course")
    tidy.add_argument(
        "--check", action="store_true", help="change nothing, fail if one is not tidy"
    )
    tidy.set_defaults(run=_tidy)

    prose = rooms.add_parser("prose", help="how long and how hard each page is to read")
    prose.add_argument("files", nargs="*", type=Path, help="default: book, lessons, exercises")
    prose.set_defaults(run=_prose)

    links = rooms.add_parser("links", help="list the links that lead out of the project")
    links.add_argument("--check", action="store_true", help="ask for each over the network")
    links.add_argument(
        "--timeout", type=float, default=15, metavar="SECONDS", help="for each answer (default: 15)"
    )
    links.set_defaults(run=_links)

    plan = rooms.add_parser("plan", help="a learner's campaign plan").add_subparsers(
        required=True, metavar="ACTION"
    )
    show = plan.add_parser("show", help="which parts are there and what is missing")
    show.add_argument("file", nargs="?", type=Path, help="default: plan.json of this folder")
    show.set_defaults(run=_plan_show)
    export = plan.add_parser("export", help="write the files that leave the course")
    export.add_argument("file", nargs="?", type=Path, help="default: plan.json of this folder")
    export.add_argument(
        "--to", type=Path, metavar="FOLDER", help="default: 'export' beside the plan"
    )
    export.add_argument(
        "--points",
        type=float,
        metavar="N",
        help="automatic points, for a certificate",
    )
    export.add_argument("--of", type=float, metavar="M", help="how many automatic points there are")
    export.add_argument("--name", default="", help="the name on the certificate")
    export.set_defaults(run=_plan_export)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Parameters
    ----------
    argv : sequence of str, optional
        The words after ``organizer-lab``; by default those of the command line.

    Returns
    -------
    int
        0 when all is well, 1 after an error that a person can put right.
        Wrong words on the command line end with 2, as argparse does.
    """
    for stream in (sys.stdout, sys.stderr):
        # Redirected on Windows they know few signs, and "CO₂" would be an error.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    args = parser().parse_args(argv)
    try:
        args.run(args)
    except BrokenPipeError:
        # The reader of a pipe, such as `head`, has seen enough.
        sys.stdout = None
        return 0
    except KeyboardInterrupt:
        print("\norganizer-lab: stopped. What was finished before is kept.", file=sys.stderr)
        return 130
    except LabError as error:
        _say(f"organizer-lab: {error}", sys.stderr)
        return 1
    except OSError as error:
        # The rooms say what they could not read or write; this is for what none of them foresaw.
        where = f"{error.filename}: " if error.filename else ""
        _say(
            f"organizer-lab: {where}{error.strerror or error}. Is it the right name, may you read "
            "and write there, and is there space? Then run the command again.",
            sys.stderr,
        )
        return 1
    except ModuleNotFoundError as error:
        if error.name and error.name.split(".")[0] == "organizer_lab":
            raise
        print(
            f"organizer-lab: this command needs the package '{error.name}'. "
            "Install the extras: pip install 'organizer-lab[book,grading,cluster,lite,dev]'",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
