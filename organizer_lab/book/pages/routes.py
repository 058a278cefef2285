"""Buttons that open a lesson or exercise where it can be worked on, and the addresses they need.

The learner edition stands in a public git repository, as a branch. Its address is one setting:
``organizer_lab_learners`` in ``_config.yml`` (below ``sphinx: config:``), or
``ORGANIZER_LAB_LEARNERS`` in the environment, which is meant for the build that is published.
Without it the buttons lead to the page that explains the route, and never to a dead address.

The theme has launch buttons too, but they know one repository with one layout: that of the sources,
in which an exercise is its solution.

The buttons are written into the finished page and not into the document, so that a search for
"Binder" finds the page about it and not every lesson.
"""

from __future__ import annotations

import os
import re
from html import escape
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

from sphinx.environment import BuildEnvironment
from sphinx.errors import ConfigError

from organizer_lab.book.directives.downloads import LEARNERS
from organizer_lab.errors import LabError
from organizer_lab.publish import BRANCH

REPOSITORY = "ORGANIZER_LAB_LEARNERS"
FIRST = "start-here.ipynb"
PAWS = "https://hub-paws.wmcloud.org/hub/user-redirect/git-pull"
BINDER = "https://mybinder.org/v2"
# The pages that explain each route.
OVERVIEW = "book/routes/index"
PAGES = {
    "paws": "book/routes/paws",
    "binder": "book/routes/binder",
    "browser": "book/routes/in-your-browser",
}
# `organizer-lab lite` leads this link to the file, once there is a site in which it opens.
IN_BROWSER = "ol-open-in-browser"
_PAGE = re.compile(r"weeks/week-\d+-[a-z0-9-]+|exercises/release/(week-\d+)/\1")


class Learners(NamedTuple):
    """Where the learner edition can be fetched with git.

    Attributes
    ----------
    repository : str
        Such as ``https://github.com/OWNER/REPOSITORY``, without ``.git``.
    branch : str
        The branch that holds the edition and nothing else.
    """

    repository: str
    branch: str = BRANCH

    @property
    def folder(self) -> str:
        """The folder that a pull makes: the last part of the address."""
        return self.repository.rsplit("/", 1)[1]

    def paws(self, file: str = FIRST) -> str:
        """Give the address that pulls the edition into one's PAWS and opens a file of it.

        It is the link of nbgitpuller (https://nbgitpuller.readthedocs.io, "URL options") below the
        address with which JupyterHub leads each person to the own server.
        """
        query = {
            "repo": self.repository,
            "branch": self.branch,
            "urlpath": f"lab/tree/{self.folder}/{file}",
        }
        return f"{PAWS}?{urlencode(query, quote_via=quote, safe='')}"

    def binder(self, file: str = FIRST) -> str:
        """Give the address that starts the edition on mybinder.org and opens a file of it.

        BinderHub has a short form for GitHub and one for GitLab, and takes any other repository by
        its whole address (https://binderhub.readthedocs.io, "Repository providers").
        """
        parts = urlsplit(self.repository)
        name = parts.path.strip("/")
        if parts.hostname == "github.com":
            where = f"gh/{name}"
        elif parts.hostname == "gitlab.com":
            where = f"gl/{quote(name, safe='')}"
        else:
            where = f"git/{quote(self.repository, safe='')}"
        branch = quote(self.branch, safe="")
        return f"{BINDER}/{where}/{branch}?{urlencode({'urlpath': f'lab/tree/{file}'})}"


def learners(repository: str, branch: str = BRANCH) -> Learners | None:
    """Read the setting.

    Parameters
    ----------
    repository : str
        As somebody wrote it; empty where there is none.
    branch : str
        The branch of the learner edition.

    Returns
    -------
    Learners or None
        None where no repository is named.

    Raises
    ------
    LabError
        If it is not the address of a public repository.
    """
    repository = repository.strip().rstrip("/").removesuffix(".git")
    if not repository:
        return None
    parts = urlsplit(repository)
    whole = parts.scheme == "https" and parts.hostname and len(parts.path.strip("/").split("/")) > 1
    if not whole or parts.query or parts.fragment or parts.username or not branch.strip():
        raise LabError(
            f"'{repository}' is not the address of a public repository. Write all of it, such as "
            "https://github.com/OWNER/REPOSITORY, in _config.yml (organizer_lab_learners) or in "
            f"{REPOSITORY}, or leave it out."
        )
    return Learners(repository, branch.strip())


def file_of(page: str) -> str | None:
    """Name the file of the learner edition that a page of the book shows, if it shows one."""
    match = _PAGE.fullmatch(page)
    if not match:
        return None
    return f"exercises/{match[1]}/{match[1]}.ipynb" if match[1] else f"{page}.ipynb"


def buttons(
    file: str,
    edition: Learners | None,
    pages: dict[str, str],
    download: str | None = None,
) -> str:
    """Write the buttons of a page.

    Parameters
    ----------
    file : str
        The file of the learner edition.
    edition : Learners or None
        Where it can be fetched.
    pages : dict
        The addresses of the pages that explain the routes, by "paws", "binder", "browser" and
        "overview", as far as the book has them.
    download : str, optional
        The address of the file itself.

    Returns
    -------
    str
        HTML, or nothing where there is nothing to lead to.
    """
    kind = "exercise" if file.startswith("exercises/") else "lesson"
    entries = []
    for name, text in (("paws", "PAWS"), ("binder", "Binder")):
        target = getattr(edition, name)(file) if edition else pages.get(name)
        if target:
            entries.append(f'<a href="{escape(target)}">{text}</a>')
    if "browser" in pages:
        entries.append(
            f'<a class="{IN_BROWSER}" data-ol-file="{file}" href="{escape(pages["browser"])}">'
            "This browser</a>"
        )
    if download:
        entries.append(f'<a href="{escape(download)}" download>Download</a>')
    if not entries:
        return ""
    note = []
    if "overview" in pages:
        note.append(f'<a href="{escape(pages["overview"])}">Which one fits me?</a>')
    if edition:
        first = f'<a href="{escape(edition.paws())}">start-here</a>'
        note.append(f"Everybody can read files on PAWS. First time there? Open {first} once.")
    items = "".join(f"<li>{entry}</li>" for entry in entries)
    return (
        f'<nav class="ol-open ol-web-only" aria-label="Open this {kind}">'
        f'<span aria-hidden="true">Open this {kind}:</span><ul>{items}</ul>'
        f"<p>{' '.join(note)}</p></nav>"
    )


def _configure(app: Any, config: Any) -> None:
    written = os.environ.get(REPOSITORY) or config.organizer_lab_learners
    try:
        found = learners(written, config.organizer_lab_learners_branch)
    except LabError as error:
        raise ConfigError(str(error)) from error
    config.organizer_lab_learners = found.repository if found else ""


def _read(app: Any, doctree: Any) -> None:
    """Have the file of a page copied into the site."""
    env: BuildEnvironment = app.env
    file = file_of(env.docname)
    if file and (Path(env.srcdir) / LEARNERS / file).is_file():
        env.dlfiles.add_file(env.docname, f"{LEARNERS}/{file}")
        env.note_dependency(str(Path(env.srcdir) / LEARNERS / file))


def _write(app: Any, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Put the buttons below the title."""
    file = file_of(page)
    if not file or not doctree:
        return
    env: BuildEnvironment = app.env
    pathto = context["pathto"]
    known = {**PAGES, "overview": OVERVIEW}
    pages = {name: pathto(path) for name, path in known.items() if path in env.found_docs}
    copied = env.dlfiles.get(f"{LEARNERS}/{file}")
    download = pathto(f"_downloads/{quote(copied[1])}", 1) if copied else None
    config = app.config
    edition = learners(config.organizer_lab_learners, config.organizer_lab_learners_branch)
    made = buttons(file, edition, pages, download)
    context["body"] = context["body"].replace("</h1>", f"</h1>\n{made}", 1)


def setup(app: Any) -> None:
    """Add the settings, and the buttons to each lesson and exercise."""
    app.add_config_value("organizer_lab_learners", "", "html", str)
    app.add_config_value("organizer_lab_learners_branch", BRANCH, "html", str)
    app.connect("config-inited", _configure)
    app.connect("doctree-read", _read)
    app.connect("html-page-context", _write)
