"""Each route from the button on a page to the first green check, as far as a computer can try it.

The quick tests ask where the buttons lead. The slow ones follow the pages: a home with nothing in
it, JupyterLab as the route has it, and a real browser. PAWS is a system with PAWS's folders, its
JupyterLab and the part of its packages that the course meets; Binder is what its own tool plans.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import time
import zipfile
from html.parser import HTMLParser
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree

import desk
import pytest
import small_book
from browser import missing, visit
from desk import LESSON, SHEET, Desk

from organizer_lab import course, learners
from organizer_lab.errors import LabError

routes = pytest.importorskip("organizer_lab.book.pages.routes")
GITHUB = routes.learners("https://github.com/amina/climate-course.git")
ROUTES = Path(__file__).resolve().parents[1] / "book" / "routes"
PAGES = {name: f"../book/routes/{name}.html" for name in ("paws", "binder", "browser", "overview")}


class Links(HTMLParser):
    """The links of a piece of HTML, by their words."""

    def __init__(self, html: str):
        super().__init__()
        self.found: dict[str, str] = {}
        self.here: str | None = None
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        if tag == "a":
            self.here = dict(attributes)["href"]

    def handle_data(self, text):
        if self.here is not None:
            self.found[text], self.here = self.here, None


def links(html):
    return Links(html).found


# ---- The setting and the addresses --------------------------------------------------------------


def test_a_lesson_and_an_exercise_are_known_by_the_name_of_their_page():
    assert routes.file_of(LESSON.removesuffix(".ipynb")) == LESSON
    assert routes.file_of("exercises/release/week-1/week-1") == SHEET
    assert routes.file_of("exercises/release/week-12/week-12") == (
        "exercises/week-12/week-12.ipynb"
    )
    for page in ("book/welcome", "exercises/release/week-1/week-2", "weeks/index"):
        assert routes.file_of(page) is None


def test_the_buttons_are_drawn_as_they_are():
    week = course.load().week("week-1")
    title = f"Week {week.number}: {week.title}"
    row = routes.buttons(LESSON, GITHUB, PAGES, "../_downloads/1/x.ipynb")
    assert drawn_elsewhere("buttons.svg", f"{title} {re.sub('<[^>]+>', ' ', row)}") == []


def test_every_lesson_of_the_course_gets_buttons(repository):
    for week in course.load().weeks:
        page = week.lesson.relative_to(repository).with_suffix("").as_posix()
        assert routes.file_of(page) == f"{page}.ipynb"


def test_the_link_to_paws_pulls_the_branch_and_opens_the_file():
    address = urlsplit(GITHUB.paws(SHEET))
    assert f"{address.scheme}://{address.netloc}{address.path}" == (
        "https://hub-paws.wmcloud.org/hub/user-redirect/git-pull"
    )
    assert parse_qs(address.query, strict_parsing=True) == {
        "repo": ["https://github.com/amina/climate-course"],
        "branch": ["learners"],
        "urlpath": [f"lab/tree/climate-course/{SHEET}"],
    }


@pytest.mark.parametrize(
    ("repository", "begin"),
    [
        ("https://github.com/amina/climate-course", "gh/amina/climate-course/learners"),
        ("https://gitlab.com/lab/east/course", "gl/lab%2Feast%2Fcourse/learners"),
        (
            "https://gitlab.wikimedia.org/repos/course",
            "git/https%3A%2F%2Fgitlab.wikimedia.org%2Frepos%2Fcourse/learners",
        ),
    ],
)
def test_the_link_to_binder_names_the_repository_as_binder_reads_it(repository, begin):
    address = urlsplit(routes.learners(repository).binder(SHEET))
    assert f"{address.netloc}{address.path}" == f"mybinder.org/v2/{begin}"
    assert parse_qs(address.query) == {"urlpath": [f"lab/tree/{SHEET}"]}


@pytest.mark.parametrize(
    "written",
    [
        *("github.com/amina/course", "git@github.com:amina/course.git", "https://github.com/"),
        *("http://example.org/a/b", "https://amina:secret@example.org/a/b", "my course"),
        *("https://example.org/a/b?branch=x", "https://github.com/amina"),
    ],
)
def test_what_is_no_public_repository_is_refused_in_words(written):
    with pytest.raises(LabError, match=r"Write all of it, such as https://github.com/OWNER"):
        routes.learners(written)


def test_a_branch_may_have_another_name_and_nothing_is_nothing():
    assert routes.learners(" ") is None
    other = routes.learners("https://github.com/a/b/", "spring/2027")
    assert "/b/spring%2F2027?" in other.binder()
    assert parse_qs(urlsplit(other.paws()).query)["branch"] == ["spring/2027"]


# ---- The buttons --------------------------------------------------------------------------------


def test_without_a_repository_the_buttons_explain_the_routes():
    found = links(routes.buttons(LESSON, None, PAGES, "../_downloads/1/x.ipynb"))
    assert found == {
        "PAWS": PAGES["paws"],
        "Binder": PAGES["binder"],
        "This browser": PAGES["browser"],
        "Download": "../_downloads/1/x.ipynb",
        "Which one fits me?": PAGES["overview"],
    }


def test_with_a_repository_the_buttons_lead_to_the_file():
    made = routes.buttons(SHEET, GITHUB, PAGES)
    found = links(made)
    assert found["PAWS"] == GITHUB.paws(SHEET)
    assert found["Binder"] == GITHUB.binder(SHEET)
    assert found["start-here"] == GITHUB.paws("start-here.ipynb")
    assert "Everybody can read files on PAWS" in made
    assert 'aria-label="Open this exercise"' in made
    assert "Download" not in found


def test_a_book_without_pages_about_routes_has_no_dead_button():
    assert routes.buttons(LESSON, None, {}) == ""


def test_the_site_for_the_browser_opens_the_file_of_the_page(tmp_path):
    from organizer_lab.lite import start_page

    pages = {"weeks/week-1-a.html": LESSON, "exercises/release/week-1/week-1.html": SHEET}
    own = {"browser": "../book/routes/in-your-browser.html"}
    for name, file in pages.items():
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(routes.buttons(file, None, own), encoding="utf-8")
    box = tmp_path / start_page.BOOK_PAGE
    box.parent.mkdir(parents=True)
    box.write_text('<div class="ol-lite">None</div>', encoding="utf-8")
    site = tmp_path / "lite"
    site.mkdir()
    (site / start_page.WEIGHT).write_text('{"python": 40000000, "page": 3000000}')
    assert start_page.announce(tmp_path, site)
    for name, file in pages.items():
        html = (tmp_path / name).read_text(encoding="utf-8")
        up = "../" * name.count("/")
        assert links(html)["This browser (up to 43 MB)"] == f"{up}lite/lab/index.html?path={file}"
        # Again changes nothing.
        start_page.announce(tmp_path, site)
        assert (tmp_path / name).read_text(encoding="utf-8") == html


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Path:
    """The pages of a small book that knows a repository, with the real style."""
    pytest.importorskip("jupyter_book")
    from organizer_lab.book import build

    root = small_book.make(tmp_path_factory.mktemp("small"))
    for name in ("index", "paws", "binder", "in-your-browser"):
        page = root / f"book/routes/{name}.md"
        page.parent.mkdir(exist_ok=True)
        page.write_text(f"# The route {name}\n\nWords.\n", encoding="utf-8")
    contents = root / "_toc.yml"
    listed = ", ".join(f"{{file: book/routes/{page.stem}}}" for page in page.parent.iterdir())
    tables = "{file: book/numbers}"
    contents.write_text(contents.read_text().replace(tables, f"{tables}, {listed}"))
    settings = root / "_config.yml"
    setting = "    language: en\n"
    repository = f"{setting}    organizer_lab_learners: {GITHUB.repository}.git\n"
    settings.write_text(settings.read_text().replace(setting, repository))
    for file in (f"{small_book.LESSON}.ipynb", SHEET):
        copy = root / routes.LEARNERS / file
        copy.parent.mkdir(parents=True)
        copy.write_text(json.dumps({"cells": [], "file": file}))
    build.render(root, root / "_build")
    return root / "_build" / "html"


@pytest.mark.slow
def test_each_page_has_its_buttons_and_no_other_page_has_any(small):
    shown = {small_book.LESSON: f"{small_book.LESSON}.ipynb", small_book.SHEET: SHEET}
    for page, file in shown.items():
        html = small_book.read(small / f"{page}.html")
        (bar,) = html.select("nav.ol-open")
        found = {link.text: link["href"] for link in bar.select("li a")}
        assert list(found) == ["PAWS", "Binder", "This browser", "Download"]
        assert found["PAWS"] == GITHUB.paws(file)
        assert found["Binder"] == GITHUB.binder(file)
        here = (small / page).parent
        assert (here / found["This browser"]).resolve() == small / f"{routes.PAGES['browser']}.html"
        assert json.loads((here / found["Download"]).read_text())["file"] == file
        # Right below the title, before what the week is about.
        assert bar.find_previous_sibling().name == "h1"
    assert "ol-open" not in (small / f"{small_book.HOME}.html").read_text(encoding="utf-8")
    # A search for a route finds its page, not every lesson.
    text = (small / "searchindex.js").read_text(encoding="utf-8")
    index = json.loads(re.fullmatch(r"Search\.setIndex\((.*)\)\s*", text, re.S)[1])
    for word, page in (("paw", "paws"), ("binder", "binder")):
        assert word not in index["terms"]
        assert index["titleterms"][word] == index["docnames"].index(f"book/routes/{page}")


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_buttons_can_be_used_by_finger_and_by_keyboard(small, serve, browser, width, scheme):
    address = f"{serve(small)}{small_book.LESSON}.html"
    view = {"viewport": {"width": width, "height": 700}, "color_scheme": scheme}
    with visit(browser, address, **view) as seen:
        page = seen.page
        links = page.locator("nav.ol-open a")
        boxes = [link.bounding_box() for link in links.all()]
        assert len(boxes) == 6
        assert all(box["height"] >= 24 and box["width"] >= 24 for box in boxes)
        assert all(box["x"] >= 0 and box["x"] + box["width"] <= width for box in boxes)
        page.get_by_role("link", name="PAWS", exact=True).focus()
        for name in ("Binder", "This browser"):
            page.keyboard.press("Tab")
            assert page.evaluate("document.activeElement.textContent") == name
        page.keyboard.press("Enter")
        page.wait_for_url("**/book/routes/in-your-browser.html")
        assert seen.problems == []


# ---- What the slow tests share ------------------------------------------------------------------


@pytest.fixture(scope="module")
def edition(repository, tmp_path_factory) -> Path:
    """The learner edition, of sheets that are released outside the checkout."""
    pytest.importorskip("nbgrader")
    from organizer_lab.grading import release

    folder = tmp_path_factory.mktemp("course") / "exercises"
    folder.mkdir()
    for name in ("source", "rubrics"):
        shutil.copytree(repository / "exercises" / name, folder / name)
    shutil.copy(repository / "exercises" / "nbgrader_config.py", folder)
    sheets = [
        release.release(week, folder=folder, database=False)
        for week in release.weeks_with_exercise(folder)
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(release, "release_sheets", lambda: sheets)
        return learners.build(tmp_path_factory.mktemp("learners"))


def unpack(edition: Path, place: Path) -> Path:
    with zipfile.ZipFile(edition.with_suffix(".zip")) as packed:
        packed.extractall(place)
    return place / learners.NAME


def commands(page: str) -> list[list[str]]:
    """Take the first lines for a terminal out of a page, word for word."""
    block = re.search(r"```console\n(.*?)```", page, re.S)[1]
    return [shlex.split(line.removeprefix("$ ")) for line in block.splitlines()]


def drawn_elsewhere(drawing: str, seen: str) -> list[str]:
    """Give the words that a drawing says are on the screen, and that are not there."""
    svg = "{http://www.w3.org/2000/svg}"
    root = ElementTree.parse(ROUTES / drawing).getroot()
    own = [group for group in root.iter(f"{svg}g") if group.get("class") in {"sign", "note"}]
    ours = {text for group in own for text in group}
    words = ["".join(text.itertext()) for text in root.iter(f"{svg}text") if text not in ours]
    assert len(words) > 5
    seen = " ".join(seen.split())
    return [each for each in words if each not in seen]


def first_check(at: Desk) -> None:
    """Answer the first question of exercise 1 as the routes say, and see the reply."""
    at.write('country = "TZA"\nlanguage = "sw"', into="country = ...")
    at.run("from organizer_lab import check, data")
    at.run('language = "sw"')
    at.run('check.answer("1.0"')
    at.reads("Question 1.0: this looks right.")


def quiz_by_keyboard(at: Desk) -> None:
    """Open the first answer of the quiz and then the next one: JupyterLab takes no key away."""
    at.notebook.locator(".ol-quiz summary").first.focus()
    for keys, only in ((["Enter"], 0), (["Tab", "Space"], 1)):
        for key in keys:
            at.page.keyboard.press(key)
        at.page.wait_for_function(
            """only => [...document.querySelectorAll('.ol-quiz details')]
              .every((answer, position) => answer.open === (position === only))""",
            arg=only,
        )


def packed(at: Desk) -> None:
    """Ask the doctor, then press the button, as the end of the exercise says."""
    at.save()
    at.run("lab.doctor()")
    at.reads("It is sound: every cell of the exercise is there and in its place.")
    at.run("lab.pack_button()")
    at.page.get_by_role("button", name="Pack my exercise").click()
    at.reads("Packed: week-1.zip, with your notebook as it was saved")


def answered(package: Path) -> None:
    """See that the package holds the notebook with its first answer."""
    with zipfile.ZipFile(package) as opened:
        (name,) = (name for name in opened.namelist() if name.endswith(".ipynb"))
        cells = json.loads(opened.read(name))["cells"]
    assert any('country = "TZA"' in "".join(cell["source"]) for cell in cells)


def looked_around(at: Desk, place: str) -> None:
    """Run start-here."""
    at.run_all()
    at.reads("Everything is ready. Go on with the next cell.")
    at.reads(place)
    at.reads("Done: every notebook that you open now finds the course")
    assert not at.errors()
    assert drawn_elsewhere("start-here.svg", at.page.locator("body").inner_text()) == []


# ---- The own computer ---------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.browser
def test_on_an_own_computer(edition, repository, tmp_path, browser):
    """From the lines of the page to the package for the facilitator, with pip as people have it."""
    page = (repository / "book/routes/own-computer.md").read_text(encoding="utf-8")
    home = tmp_path / "Amina's kozi – 気候"
    home.mkdir()
    folder = unpack(edition, home)
    *setting_up, start = commands(page)
    for command in setting_up:
        done = subprocess.run(
            command, cwd=folder, env=desk.plain(home), capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr[-2000:]
    with desk.server(start, folder, home) as lab, Desk(browser) as at:
        at.open(lab.of("start-here.ipynb"))
        looked_around(at, "This looks like your own computer.")
        at.open(lab.of(LESSON))
        at.run_all()
        assert not at.errors()
        at.explore("Uruguay")
        at.open(lab.of(SHEET))
        first_check(at)
        assert drawn_elsewhere("first-check.svg", at.page.locator("body").inner_text()) == []
        at.write("anomaly_2024 = 99\nwhy_missing = ''", into="anomaly_2024 = ...")
        at.run("anomaly_2024 = 99")
        at.run('check.answer("1.1"')
        at.reads("Question 1.1: not yet.")
        packed(at)
        answered((folder / SHEET).with_name("week-1.zip"))
    # Everything is in this home and in this folder; start.leave() takes the one file away.
    startup = list(home.glob(".ipython/profile_default/startup/*organizer-lab*"))
    assert [path.name for path in startup] == ["50-organizer-lab.py"]


# ---- PAWS ---------------------------------------------------------------------------------------

# The part of PAWS's image that the course meets (toolforge/paws, images/singleuser: Dockerfile and
# requirements.txt): JupyterLab is pinned there, the others are not; fastapi brings pydantic.
PAWS = ("jupyterlab==4.4.0", "nbgitpuller", "pandas", "matplotlib", "ipywidgets", "fastapi")


@pytest.fixture(scope="module")
def paws(tmp_path_factory):
    """A system with PAWS's folders: an image that is fresh at each start, and a home that stays."""
    folder = tmp_path_factory.mktemp("paws")
    if not shutil.which("bwrap"):
        missing("bubblewrap is not installed.")
    image, home = folder / "image", folder / "home"
    image.mkdir()
    home.mkdir()

    def inside(here: Path) -> list[str]:
        return [
            *("bwrap", "--die-with-parent", "--dev-bind", "/", "/"),
            *("--tmpfs", "/srv", "--bind", str(here), "/srv/paws"),
            *("--tmpfs", "/home", "--bind", str(home), "/home/paws"),
            *("--chdir", "/home/paws"),
        ]

    if desk.run(*inside(image), "true").returncode:
        missing("bubblewrap cannot make a system of its own here.")
    python = desk.environment(Path("/srv/paws"), *PAWS, wrap=inside(image))
    return SimpleNamespace(folder=folder, image=image, home=home, inside=inside, python=python)


@pytest.fixture(scope="module")
def published(edition, tmp_path_factory):
    """The learner edition on the branch "learners" of a repository that git can reach."""
    work = tmp_path_factory.mktemp("work")
    shutil.copytree(edition, work, dirs_exist_ok=True)
    who = ("-c", "user.name=Organizer Lab", "-c", "user.email=lab@example.org")
    bare = tmp_path_factory.mktemp("git") / "climate-course"
    for command in (
        ("init", "-q", "-b", "learners"),
        ("add", "--all", "--force"),
        (*who, "commit", "-q", "-m", "The learner edition"),
        ("clone", "-q", "--bare", str(work), str(bare)),
    ):
        done = desk.run("git", *command, cwd=work)
        assert done.returncode == 0, done.stderr
    return routes.Learners(f"file://{bare}")


def started(paws, number: int):
    """Start a server as PAWS does: the image is new, the home is the old one."""
    fresh = paws.folder / f"server-{number}"
    shutil.copytree(paws.image, fresh, symlinks=True)
    command = [*paws.inside(fresh), "/srv/paws/bin/python", "-m", "jupyterlab"]
    variables = {"HOME": "/home/paws", "JUPYTERHUB_SERVICE_PREFIX": "/"}
    return desk.server(command, paws.folder, paws.home, variables), fresh


def button(server, address: str) -> str:
    """Follow a button: the hub leads from its own address to the person's server."""
    hub = "https://hub-paws.wmcloud.org/hub/user-redirect/"
    assert address.startswith(hub)
    return f"{server.address}{address.removeprefix(hub)}&token={desk.TOKEN}"


@pytest.mark.slow
@pytest.mark.browser
def test_on_paws(paws, published, browser):
    running, image = started(paws, 1)
    with running as lab, Desk(browser) as at:
        at.open(button(lab, published.paws()))
        assert "/lab/tree/climate-course/start-here.ipynb" in unquote(at.page.url)
        looked_around(at, "You are on PAWS.")
        at.reads("Everything that you save here is public")
        at.open(button(lab, published.paws(LESSON)))
        at.run_all()
        assert not at.errors()
        at.explore("Uruguay")
        quiz_by_keyboard(at)
        at.open(button(lab, published.paws(SHEET)))
        first_check(at)
        at.save()
    # What pip adds goes into the image, so it is gone with it.
    (packages,) = image.glob("lib/python3.*/site-packages")
    (packages / "installed_by_the_learner.py").touch()
    running, image = started(paws, 2)
    assert not list(image.rglob("installed_by_the_learner.py"))
    with running as lab, Desk(browser) as at:
        # The same button on the next day: answers stay, and no start-here is needed.
        at.open(button(lab, published.paws(SHEET)))
        at.run_all()
        at.reads("Question 1.0: this looks right.")
        assert "ModuleNotFoundError" not in "".join(at.errors())
        packed(at)
        assert drawn_elsewhere("pack.svg", at.page.locator("body").inner_text()) == []
        # On a server the package still has to come to the learner's own computer.
        link = at.page.get_by_role("link", name="Save week-1.zip on your computer")
        assert link.evaluate("link => getComputedStyle(link).textDecorationLine") == "underline"
        with at.page.expect_download() as saved:
            link.click()
        answered(Path(saved.value.path()))


@pytest.mark.slow
@pytest.mark.browser
def test_on_paws_by_hand(paws, edition, repository, browser):
    """Without a repository: the zip in the list of files, and the two lines of the page."""
    page = (repository / "book/routes/paws.md").read_text(encoding="utf-8")
    lines = re.search(r"```python\n(.*?)```", page, re.S)[1]
    shutil.copy(edition.with_suffix(".zip"), paws.home)
    done = desk.run(*paws.inside(paws.image), paws.python, "-c", lines)
    assert done.returncode == 0, done.stderr
    assert (paws.home / learners.NAME / "start-here.ipynb").is_file()
    running, _ = started(paws, 3)
    with running as lab, Desk(browser) as at:
        at.open(lab.of(f"{learners.NAME}/start-here.ipynb"))
        at.run_all()
        at.reads("Everything is ready.")
        at.open(lab.of(f"{learners.NAME}/{SHEET}"))
        first_check(at)


# ---- Binder -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def plan(edition, tmp_path_factory):
    """What Binder's own tool would do with the learner edition."""
    folder = tmp_path_factory.mktemp("repo2docker")
    python = desk.environment(folder / "env", "jupyter-repo2docker>=2026.4", "setuptools")
    tool = Path(python).with_name("jupyter-repo2docker")
    done = desk.run(tool, "--no-build", "--debug", edition, cwd=folder)
    assert done.returncode == 0, done.stderr[-2000:]
    (packs,) = folder.glob("env/lib/python3.*/site-packages/repo2docker/buildpacks")
    base = (packs / "conda" / "environment.yml").read_text(encoding="utf-8")
    return done.stdout + done.stderr, base


@pytest.mark.slow
def test_binder_plans_what_the_course_needs(plan, edition):
    said, _ = plan
    assert "Building conda environment for python=3.12" in said
    assert 'pip install --no-cache-dir -r ".binder/requirements.txt"' in said
    assert "RUN ./.binder/postBuild" in said
    # Nothing of the repository is installed, so a new edition does not install everything anew.
    assert said.index(".binder/requirements.txt") < said.index("COPY --chown=0:0 src/ ")


@pytest.mark.slow
@pytest.mark.browser
def test_on_binder(plan, edition, tmp_path, browser, record_property):
    _, base = plan
    # Conda names one of them in another way, and brings Python itself.
    wanted = [
        line.replace("jupyterhub-singleuser", "jupyterhub")
        for line in re.findall(r"^ +- ([\w-]+==[\d.*]+)", base, re.M)
    ]
    assert {entry.split("=")[0] for entry in wanted} >= {"jupyterlab", "notebook", "jupyterhub"}
    home = tmp_path / "jovyan"
    home.mkdir()
    requirements = edition / ".binder" / "requirements.txt"
    python = desk.environment(tmp_path / "env", *wanted, "-r", str(requirements))
    held = sum(p.stat().st_size for p in (tmp_path / "env").rglob("*") if not p.is_symlink())
    held += sum(path.stat().st_size for path in edition.rglob("*") if path.is_file())
    assert held < 2_000_000_000
    # Binder copies the repository into the home, and runs postBuild there.
    shutil.copytree(edition, home, dirs_exist_ok=True)
    path = f"{Path(python).parent}{os.pathsep}{os.environ['PATH']}"
    variables = {"PATH": path, "BINDER_REPO_URL": "https://example.org/amina/climate-course"}
    done = subprocess.run(
        ["./.binder/postBuild"],
        cwd=home,
        env={**desk.plain(home), **variables},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    begin = time.monotonic()
    with desk.server([python, "-m", "jupyterlab"], home, home, variables) as lab:
        with Desk(browser) as at:
            urlpath = parse_qs(urlsplit(GITHUB.binder(LESSON)).query)["urlpath"][0]
            at.open(f"{lab.address}{urlpath}?token={desk.TOKEN}")
            record_property("seconds to a kernel", round(time.monotonic() - begin, 1))
            at.run_all()
            assert not at.errors()
            at.explore("Uruguay")
            at.open(lab.of(SHEET))
            first_check(at)
            at.open(lab.of("start-here.ipynb"))
            at.run_all()
            at.reads("You are on Binder.")
        peak = lab.peak()
    record_property("megabytes on disk", held // 1_000_000)
    record_property("megabytes in memory", round(peak))
    record_property("seconds to an answer", round(lab.started, 1))
    print(
        f"Binder: {held / 1e6:.0f} MB on disk, {peak:.0f} MB in memory; JupyterLab answers after "
        f"{lab.started:.1f} s, {lab.worked:.1f} s of a processor"
    )
    # Binder promises 1 GB (its user guide).
    assert peak < 1_000
    assert lab.worked < 15


def test_what_binder_installs_is_what_the_project_is_tested_with(repository):
    pinned = (repository / ".binder" / "requirements.txt").read_text(encoding="utf-8")
    for name, version in re.findall(r"^([\w-]+)==([\w.]+)$", pinned, re.M):
        assert metadata.version(name) == version
