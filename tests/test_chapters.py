"""The chapters and community files as text: complete, plain, sourced, and in step with the rest.

Each rule is a small function that returns what it found wrong, so that it can be tried on a bad
sample (see `BROKEN`) as well as on the real files.
"""

from __future__ import annotations

import itertools
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

from organizer_lab import cli, course, data
from organizer_lab.book.checks import prose
from organizer_lab.book.checks.prose import ROLE, SENTENCE_END, plain, read, unfenced
from organizer_lab.plan import PARTS

ROOT = Path(__file__).resolve().parents[1]
CHAPTERS = sorted((ROOT / "book").rglob("*.md"))
COMMUNITY = [
    ROOT / f"{name}.md"
    for name in ("README", "CONTRIBUTING", "CODE_OF_CONDUCT", "SECURITY", "CHANGELOG")
]
STAGES = [path for path in CHAPTERS if path.parent.name == "framework" and path.stem != "index"]
PAGES = CHAPTERS + COMMUNITY
NOTEBOOKS = [path for path in prose.pages() if path.suffix == ".ipynb"]
GLOSSARY = ROOT / "book" / "glossary.md"
BIB = ROOT / "book" / "references.bib"

MEAN_WORDS, MOST_WORDS = 18, 35
# Grade 8 to 9 is plain English for people who grew up with it. Our readers learnt it at school and
# stand at level B1, so no page may be harder than grade 7; `organizer-lab prose` shows them all.
HARDEST_GRADE = 7
# Maintainers can be asked for one more.
HARDEST_GRADE_COMMUNITY = 8


def ids(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def every(paths: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("path", paths, ids=ids)


# ---- Reading Markdown ---------------------------------------------------------------------------


def paragraphs(text: str) -> list[str]:
    """Join lines of running text, tables included, that stand together."""
    blocks = itertools.groupby(unfenced(text), key=lambda item: bool(item[1].strip()))
    return ["\n".join(line for _, line in block) for filled, block in blocks if filled]


def headings(text: str) -> list[int]:
    return [len(m[1]) for _, line in unfenced(text) if (m := re.match(r"(#+)\s", line))]


def roles(text: str, name: str) -> list[str]:
    return [match["text"] for match in ROLE.finditer(text) if match["name"] == name]


def terms_of(text: str) -> list[str]:
    return [re.sub(r".*<(.+)>$", r"\1", term).lower() for term in roles(text, "term")]


def cited_in(text: str) -> set[str]:
    found = (m["text"] for m in ROLE.finditer(text) if m["name"].split(":")[0] == "cite")
    return {key.strip() for keys in found for key in keys.split(",")}


def labels_in(text: str) -> list[str]:
    return re.findall(r"^\(([\w.-]+)\)=$", text, re.M)


# ---- The rules ----------------------------------------------------------------------------------


def placeholders(text: str) -> list[str]:
    pattern = r"\b(TODO|FIXME|XXX|TBD|TBC|lorem ipsum|placeholder|coming soon|to be written)\b"
    return [match[0] for match in re.finditer(pattern, text, re.IGNORECASE)]


def machine_paths(text: str) -> list[str]:
    pattern = r"(?<![\w.}/:-])/(?:work|home|root|Users|tmp|mnt|opt|var)/\S*|\b[A-Z]:\\Users\S*"
    return re.findall(pattern, text)


def images_without_alt(text: str) -> list[str]:
    bad = re.findall(r"!\[\s*\]\([^)]*\)", text)
    for match in re.finditer(r"^(?:`{3,}|:{3,})\{(?:figure|image)\}.*\n((?::.*\n)*)", text, re.M):
        alt = re.search(r"^:alt:\s*(.+)$", match[1], re.M)
        if not alt or len(alt[1].split()) < 4:
            bad.append(match[0].splitlines()[0])
    return bad


def heading_faults(text: str) -> list[str]:
    levels = headings(text)
    faults = [] if levels.count(1) == 1 else [f"{levels.count(1)} headings of level 1"]
    faults += [] if levels[:1] == [1] else ["the first heading is not of level 1"]
    return faults + [f"{a} to {b}" for a, b in itertools.pairwise(levels) if b > a + 1]


def crowded_lines(text: str) -> list[str]:
    return [f"{n}: {line}" for n, line in prose.lines(text) if SENTENCE_END.search(plain(line))]


def long_sentences(text: str) -> list[str]:
    sentences = ((prose.count(line), line) for line in prose.sentences(text))
    return [f"{words} words: {line}" for words, line in sentences if words > MOST_WORDS]


def typed_figures(text: str) -> list[str]:
    """Find large numbers, years aside, in a paragraph that cites nothing."""
    bad = []
    for paragraph in paragraphs(text):
        if cited_in(paragraph):
            continue
        words = re.sub(r"\]\([^)]*\)|`[^`]*`|\bISO \d+", "", paragraph)
        for number in re.findall(r"(?<![\w.:/-])\d[\d,]*(?:\.\d+)?(?![\w/-])", words):
            number = number.rstrip(",")
            value = float(number.replace(",", ""))
            if value >= 100 and not (1850 <= value <= 2100 and number.isdigit()):
                bad.append(number)
    return bad


def raw_html(text: str) -> list[str]:
    lines = "\n".join(re.sub(r"`[^`]*`", "", line) for _, line in unfenced(text))
    return re.findall(r"</?[a-zA-Z][\w-]*(?:\s[^>]*)?/?>|<!--", lines)


RULES: dict[Callable[[str], list[str]], list[Path]] = {
    placeholders: [*PAGES, *NOTEBOOKS],
    machine_paths: [*PAGES, *NOTEBOOKS, BIB, ROOT / "CITATION.cff", ROOT / "LICENSE-content"],
    images_without_alt: [*PAGES, *NOTEBOOKS],
    heading_faults: [*PAGES, *NOTEBOOKS],
    crowded_lines: PAGES,
    long_sentences: [*PAGES, *NOTEBOOKS],
    typed_figures: CHAPTERS,
    raw_html: [*PAGES, *NOTEBOOKS],
}

# One sample that each rule must object to, and one that looks alike and must pass.
BROKEN = [
    (placeholders, "The rest is TODO.", "What is left to do."),
    (machine_paths, "Look in /home/ada/course.", "See https://example.org/home/ and ./tmp/x."),
    (images_without_alt, "![](a.png)", "![A red box](a.png)"),
    (images_without_alt, "```{figure} a.svg\n:name: a\n```\n", "```{code} a\n```\n"),
    (
        images_without_alt,
        "```{figure} a.svg\n:alt: a.svg\n```\n",
        "```{figure} a.svg\n:alt: Two boxes and an arrow.\n```\n",
    ),
    (heading_faults, "# A\n\n### B\n", "# A\n\n## B\n\n### C\n\n## D\n"),
    (heading_faults, "# A\n\n# B\n", "# A\n\n```text\n# B\n```\n"),
    (heading_faults, "Text only.", "# A"),
    (crowded_lines, "It is hot. It is dry.", "It is 1.5 °C warmer in the U.S. now."),
    (crowded_lines, "- It is hot {cite}`a`. **Dry** too.", "| It is hot. It is dry. |"),
    (crowded_lines, "```{note}\nOne. Two.\n```", "```text\nOne. Two.\n```"),
    (long_sentences, "word " * 36, "word " * 35),
    (typed_figures, "They wrote 4,000 articles.", "They wrote 4,000 articles {cite}`a`."),
    (typed_figures, "It held 424.6 ppm.", "It held {value}`t.c[year=2024]` in 2024, not 1958."),
    (raw_html, "A <b>bold</b> word.", "Write `<b>` and 3 < 4 and <https://example.org>."),
]


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        pytest.param(rule, path, id=f"{rule.__name__}-{ids(path)}")
        for rule, paths in RULES.items()
        for path in paths
    ],
)
def test_text_keeps_the_rules(rule: Callable[[str], list[str]], path: Path) -> None:
    assert rule(read(path)) == []


@pytest.mark.parametrize(
    ("rule", "bad", "good"), BROKEN, ids=lambda part: getattr(part, "__name__", str(part)[:30])
)
def test_each_rule_can_fail(rule: Callable[[str], list[str]], bad: str, good: str) -> None:
    assert rule(bad) != []
    assert rule(good) == []


def test_every_rule_has_a_broken_sample() -> None:
    assert {rule for rule, _, _ in BROKEN} == set(RULES)


def hard_to_read(text: str, grade: float = HARDEST_GRADE) -> list[str]:
    """Compare a page with the bounds; the mean of a few sentences says little."""
    found = prose.measure(text)
    faults = []
    if found.sentences >= 10 and found.mean > MEAN_WORDS:
        faults.append(f"{found.mean:.1f} words a sentence")
    if found.words >= 100 and found.grade > grade:
        faults.append(f"grade {found.grade:.1f}")
    return faults


@every([*PAGES, *NOTEBOOKS])
def test_a_page_is_easy_to_read(path: Path) -> None:
    pytest.importorskip("pyphen")
    bound = HARDEST_GRADE_COMMUNITY if path in COMMUNITY else HARDEST_GRADE
    assert hard_to_read(read(path), bound) == []


def test_a_page_can_be_too_hard_to_read() -> None:
    pytest.importorskip("pyphen")
    learned = "Institutional representatives necessitate administrative clarification.\n"
    assert hard_to_read(learned * 20) == ["grade 43.0"]
    assert hard_to_read(f"{'a cat ' * 10}\n" * 10) == ["20.0 words a sentence"]
    assert hard_to_read("The cat sat on the mat.\n" * 20) == []


def test_the_grade_is_the_published_formula() -> None:
    pytest.importorskip("pyphen")
    found = prose.measure("The editor adds a source.\nIt helps {term}`readers <Reader>` {cite}`a`.")
    # 8 words in 2 sentences, 11 syllables: the ed-i-tor adds a source, it helps read-ers.
    assert found[:4] == (8, 2, 4.0, 5)
    assert found.grade == pytest.approx(0.39 * 4 + 11.8 * 11 / 8 - 15.59)


def test_the_report_has_a_line_for_each_page(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    pytest.importorskip("pyphen")
    assert cli.main(["prose"]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.split() == ["words", "sentences", "mean", "longest", "grade", "page"]
    assert [line.split()[-1] for line in lines] == [ids(path) for path in prose.pages()]
    page = tmp_path / "page.md"
    page.write_text("# A\n\nWe walk.\nThen we {term}`talk <Talk>` a lot.\n", encoding="utf-8")
    assert cli.main(["prose", str(page)]) == 0
    numbers = capsys.readouterr().out.splitlines()[1].split()
    assert numbers[:4] == ["7", "2", "3.5", "5"]
    assert cli.main(["prose", str(tmp_path / "nowhere.md")]) == 1
    assert "Cannot read" in capsys.readouterr().err


@every(sorted((ROOT / "book").rglob("*.svg")))
def test_drawings_speak_for_themselves(path: Path) -> None:
    drawing = ElementTree.parse(path).getroot()
    space = {"svg": "http://www.w3.org/2000/svg"}
    assert drawing.get("role") == "img"
    names = (drawing.get("aria-labelledby") or "").split()
    spoken = [drawing.find(f"svg:{tag}", space) for tag in ("title", "desc")]
    assert [part is not None and part.get("id") for part in spoken] == names
    # A plate of its own keeps it readable on a dark page.
    plate = drawing.find("svg:rect", space)
    assert plate is not None and plate.get("fill") == "#ffffff"
    sizes = [float(t.get("font-size", 0)) for t in drawing.iter(f"{{{space['svg']}}}text")]
    # 14 of 360 units are still 12 pixels on a screen 320 pixels wide.
    assert min(sizes) / float(drawing.get("width", "inf")) >= 14 / 360


# ---- Links and labels ---------------------------------------------------------------------------


def made_labels() -> set[str]:
    """The labels that directives write."""
    fields = {week.artefact.field for week in course.load().weeks} | {p.field for p in PARTS}
    return {
        *(f"table-{name}" for name in data.names()),
        *(f"plan-{name}" for name in fields),
        *(f"syllabus-{week.id}" for week in course.load().weeks),
    }


def all_labels() -> set[str]:
    written = (label for path in CHAPTERS for label in labels_in(read(path)))
    named = (name for path in CHAPTERS for name in re.findall(r"^:name: (\S+)$", read(path), re.M))
    return {*made_labels(), *written, *named}


def targets(text: str, *names: str) -> list[str]:
    """What roles point to, with or without words of their own."""
    found = [" ".join(target.split()) for name in names for target in roles(text, name)]
    return [re.sub(r".*<(.+)>$", r"\1", target) for target in found]


def exists(target: str, path: Path, endings: tuple[str, ...] = ("",)) -> bool:
    """Say whether a file is there, or is one that the build makes."""
    place = ROOT / target[1:] if target.startswith("/") else path.parent / target
    inside = place.resolve().relative_to(ROOT).as_posix()
    if inside.startswith("_build/learners/"):
        return True
    inside = inside.replace("exercises/release/", "exercises/source/")
    return any((ROOT / f"{inside}{ending}").is_file() for ending in endings)


def dead_links(text: str, path: Path) -> list[str]:
    labels = all_labels()
    dead = [label for label in targets(text, "ref", "numref") if label not in labels]
    dead += [page for page in targets(text, "doc") if not exists(page, path, (".md", ".ipynb", ""))]
    files = targets(text, "download")
    files += re.findall(r"^(?:`{3,}|:{3,})\{(?:figure|image)\} (\S+)$", text, re.M)
    dead += [file for file in files if not exists(file, path)]
    for link in re.findall(r"\]\((?!https?:|mailto:)([^)\s]+)\)", text):
        file, _, label = link.partition("#")
        if (file and not exists(file, path)) or (label and label not in labels):
            dead.append(link)
    return dead


@every([*CHAPTERS, *NOTEBOOKS])
def test_no_link_is_dead(path: Path) -> None:
    assert dead_links(read(path), path) == []


@pytest.mark.parametrize(
    ("dead", "alive"),
    [
        ("{ref}`stage-idea`", "{ref}`stage-idea-generation`"),
        ("{ref}`a table <table-co2>`", "{ref}`a\ntable <table-co2_by_country>`"),
        ("{ref}`plan-card`", "{ref}`plan-topic_card` {ref}`week 9 <syllabus-week-9>`"),
        ("{doc}`route`", "{doc}`tools` {doc}`/book/glossary` {doc}`framework/index`"),
        ("{doc}`/exercises/release/week-0/week-0`", "{doc}`/exercises/release/week-1/week-1`"),
        ("{download}`x <../READ.md>`", "{download}`x <../README.md>`"),
        ("[a](../book/nowhere.md)", "[a](../book/glossary.md) [b](https://example.org/a.md)"),
        ("[a](glossary.md#nowhere)", "[a](glossary.md#glossary) [b](#glossary)"),
        ("```{figure} none.svg\n```", "```{figure} where-data-go.svg\n```"),
    ],
)
def test_a_dead_link_is_found(dead: str, alive: str) -> None:
    assert len(dead_links(dead, GLOSSARY)) == 1
    assert dead_links(alive, GLOSSARY) == []


def unused_labels(texts: list[str]) -> list[str]:
    linked = {label for text in texts for label in targets(text, "ref", "numref")}
    linked |= {label for text in texts for label in re.findall(r"\]\([^)\s]*#([^)\s]+)\)", text)}
    # The map of stages links to every checklist.
    linked |= {f"checklist-{stage.slug}" for stage in course.load().stages}
    return [label for text in texts for label in labels_in(text) if label not in linked]


def test_every_label_is_used() -> None:
    assert unused_labels([read(path) for path in [*CHAPTERS, *NOTEBOOKS]]) == []


def test_an_unused_label_is_found() -> None:
    texts = ["(a)=\n# A\n(b)=\n## B\n(c)=\n", "{ref}`x <a>` and [c](one.md#c)"]
    assert unused_labels(texts) == ["b"]


def test_every_page_is_in_the_contents() -> None:
    toc = re.findall(r"(?:file|root): (\S+)", read(ROOT / "_toc.yml"))
    assert len(toc) == len(set(toc))
    written = {path.relative_to(ROOT).with_suffix("").as_posix() for path in CHAPTERS}
    for week in course.load().weeks:
        if week.lesson:
            written.add(f"weeks/{week.lesson.stem}")
            if week.exercise:
                written.add(f"exercises/release/{week.id}/{week.id}")
    assert set(toc) == written


# ---- Glossary and sources -----------------------------------------------------------------------


def glossary_terms(text: str) -> list[str]:
    body = re.search(r"^```\{glossary\}\n(.*?)^```", text, re.M | re.S)
    assert body, "no glossary directive"
    return [line.strip() for line in body[1].splitlines() if re.match(r"\S", line)]


def readable() -> dict[Path, str]:
    """Everything that a learner, reader or facilitator reads, but the glossary."""
    pages = {path: read(path) for path in PAGES if path != GLOSSARY}
    return pages | {path: read(path) for path in NOTEBOOKS}


def test_every_glossary_term_is_used() -> None:
    everything = " ".join("\n".join(readable().values()).lower().split())
    unused = [
        term
        for term in glossary_terms(read(GLOSSARY))
        if not re.search(rf"\b{re.escape(term.lower())}s?\b", everything)
    ]
    assert unused == []


@every([*CHAPTERS, *NOTEBOOKS])
def test_every_marked_term_is_in_the_glossary(path: Path) -> None:
    known = {term.lower() for term in glossary_terms(read(GLOSSARY))}
    assert set(terms_of(read(path))) <= known


def test_marked_terms_are_read_with_and_without_other_words() -> None:
    assert terms_of("a {term}`Campaign` and {term}`campaigns <Campaign>`") == ["campaign"] * 2


def late_terms(text: str, terms: list[str]) -> list[str]:
    """Find terms whose first mention is no ``{term}`` role.

    Headings, code and figures do not count, nor does the text of a link: it cannot be a second
    link. Where one term is a part of another, the longer one is meant.
    """
    forms = {form: term for term in terms for form in forms_of(term)}
    mention = "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))
    found = re.compile(
        rf"{ROLE.pattern}|`[^`]*`|!?\[[^\]]*\]\([^)]*\)|<https?:[^>]*>"
        rf"|(?<![\w-])(?P<mention>{mention})(?![\w-])",
        re.IGNORECASE,
    )
    lines = (line for _, line in unfenced(text) if not re.match(r"#|\(.*\)=$", line))
    first: dict[str, str] = {}
    marked = set()
    for line in lines:
        for match in found.finditer(line):
            if match["name"] == "term":
                marked.update(target := terms_of(match[0]))
                first.setdefault(target[0], "marked")
            elif match["mention"]:
                term = forms[match["mention"].lower()].lower()
                first.setdefault(term, line)
    return [
        f"{term} ({'marked late' if term in marked else 'never marked'}): {line}"
        for term, line in first.items()
        if line != "marked"
    ]


def forms_of(term: str) -> set[str]:
    """Give a term in small letters, and what its plural may be."""
    one = term.lower()
    return {one, f"{one}s", f"{one}es", *([f"{one[:-1]}ies"] if one.endswith("y") else [])}


@every([path for path in CHAPTERS if path != GLOSSARY])
def test_each_term_is_marked_where_a_chapter_first_uses_it(path: Path) -> None:
    assert late_terms(read(path), glossary_terms(read(GLOSSARY))) == []


LATE = """\
(jury)=
# The jury of a contest

Two {term}`juries <Jury>` looked at `scope` and [the edition](a.md#target), says {ref}`scope <x>`.
The jury met a new editor.

```text
Every edition has a target.
```

```{figure} a.svg
:alt: One scope, one target.

Two editions of the **edit-a-thon**.
```

```{checklist} Scope
1. A {term}`retained new editor`, not only an {term}`Editor`, met the {term}`edition`.
2. Co-editors and subeditions; one {term}`scope`, that scope.
```
"""


def test_a_term_that_is_marked_late_or_never_is_found() -> None:
    terms = ["Contest", "Edit-a-thon", "Edition", "Editor", "Jury", "New editor", "Scope"]
    terms += ["Retained new editor", "Target"]
    assert late_terms(LATE, terms) == [
        "new editor (never marked): The jury met a new editor.",
        "edition (marked late): Two editions of the **edit-a-thon**.",
        "edit-a-thon (never marked): Two editions of the **edit-a-thon**.",
    ]


def test_the_glossary_is_sorted_and_has_no_term_twice() -> None:
    terms = [term.lower() for term in glossary_terms(read(GLOSSARY))]
    assert terms == sorted(set(terms))


def entries(text: str) -> dict[str, str]:
    parts = re.split(r"^@\w+\{([^,\s]+),", text, flags=re.M)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_every_source_is_cited_and_every_citation_has_a_source() -> None:
    cited = set().union(*map(cited_in, [*readable().values(), read(GLOSSARY)]))
    assert cited == set(entries(read(BIB)))


def test_every_source_says_who_what_when_and_where() -> None:
    keys = re.findall(r"^@\w+\{([^,\s]+),", read(BIB), re.M)
    assert len(keys) == len(set(keys)), "a key twice"
    for key, entry in entries(read(BIB)).items():
        for field in ("author", "title", "year"):
            assert re.search(rf"^\s*{field}\s*=\s*\{{.+\}}", entry, re.M), f"{key} has no {field}"
        assert re.search(r"^\s*(url\s*=\s*\{https://|doi\s*=\s*\{10\.)", entry, re.M), key


def test_the_sources_page_names_a_provider_for_every_table() -> None:
    named = re.findall(r"\{ref\}`(\w+) <table-(\w+)>`", read(ROOT / "book" / "references.md"))
    assert all(text == label for text, label in named)
    tables = [path.stem for path in (ROOT / "datasets").glob("*.csv")]
    assert sorted(text for text, _ in named) == sorted(tables)


# ---- In step with the course --------------------------------------------------------------------


def test_the_drawing_shows_the_stages_of_the_course() -> None:
    drawing = ElementTree.parse(ROOT / "book" / "framework" / "ten-stages.svg").getroot()
    texts = [
        " ".join("".join(t.itertext()).split())
        for t in drawing.iter("{http://www.w3.org/2000/svg}text")
    ]
    stages = course.load().stages
    assert texts[: 2 * len(stages)] == [
        part for stage in stages for part in (str(stage.number), stage.name)
    ]


def test_every_stage_has_a_chapter() -> None:
    assert {path.stem for path in STAGES} == {stage.slug for stage in course.load().stages}


@every(STAGES)
def test_a_framework_chapter_links_to_a_table_and_to_its_neighbours(path: Path) -> None:
    text = read(path)
    linked = targets(text, "ref")
    taken = [name.split(".")[0] for name in [*roles(text, "value"), *roles(text, "value-only")]]
    assert any(label.startswith("table-") for label in linked) or taken
    slugs = [stage.slug for stage in course.load().stages]
    at = slugs.index(path.stem)
    near = {f"stage-{slug}" for slug in slugs[max(at - 1, 0) : at + 2] if slug != path.stem}
    assert near & set(linked), "no sentence leads to the stage before or after"


@every(STAGES)
def test_a_framework_chapter_has_its_label_and_title(path: Path) -> None:
    stages = {stage.slug: stage for stage in course.load().stages}
    assert path.stem in stages
    stage = stages[path.stem]
    start = f"(stage-{stage.slug})=\n# Stage {stage.number}: {stage.name}\n"
    assert read(path).startswith(start)


@every(STAGES)
def test_a_framework_chapter_has_a_checklist_and_says_where_it_is_taught(path: Path) -> None:
    name = {stage.slug: stage.name for stage in course.load().stages}[path.stem]
    start = rf"^\(checklist-{path.stem}\)=\n## Checklist\n(?:.*\n)*?```{{checklist}} {name}\n"
    found = re.search(start + r"((?:.*\n)*?)```$", read(path), re.M)
    assert found, "no checklist with label and name"
    lines = found[1].splitlines()
    assert all(re.match(r"(\d+\.|-) \S.*\.$", line) for line in lines), "one line an item"
    assert 8 <= len(lines) <= 12
    assert read(path).endswith(f"```{{stage-course}} {path.stem}\n```\n")


@every(STAGES)
def test_a_framework_chapter_has_the_agreed_length(path: Path) -> None:
    words = sum(len(line.split()) for _, line in unfenced(read(path)))
    assert 800 <= words <= 1800


@every(CHAPTERS)
def test_every_figure_from_a_table_is_found(path: Path) -> None:
    pytest.importorskip("sphinx", reason="the book's packages are not installed")
    from organizer_lab.book.directives.tables import figure_from_table

    for name in ("value", "value-only"):
        for text in roles(read(path), name):
            assert figure_from_table(text)[0] != "no value"


# ---- Community files ----------------------------------------------------------------------------


def console_lines(path: Path) -> list[str]:
    blocks = re.findall(r"^```console\n(.*?)^```", read(path), re.M | re.S)
    lines = itertools.chain.from_iterable(block.splitlines() for block in blocks)
    return [re.sub(r"\s+#.*", "", line).removeprefix("$ ") for line in lines if line.strip()]


@every([ROOT / "README.md", ROOT / "CONTRIBUTING.md"])
def test_documented_commands_exist(path: Path) -> None:
    targets = re.findall(r"^(\w+):", read(ROOT / "Makefile"), re.M)
    inline = re.findall(r"`((?:\.venv/bin/)?organizer-lab [a-z][^`]*|make \w+)`", read(path))
    checked = 0
    for line in [*console_lines(path), *inline]:
        program, *words = line.split()
        if program == "make":
            assert words[0] in targets, line
            checked += 1
        elif program.endswith("organizer-lab"):
            assert cli.parser().parse_args(words).run, line
            checked += 1
    assert checked >= 3


@every(COMMUNITY)
def test_links_to_files_of_the_project_lead_somewhere(path: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", read(path))
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_map_in_the_readme_is_true() -> None:
    section = read(ROOT / "README.md").split("## What is where\n")[1].split("\n## ")[0]
    first_cells = re.findall(r"^\| (`.+?) \|", section, re.M)
    places = [place for cell in first_cells for place in re.findall(r"`([^`]+)`", cell)]
    assert len(places) >= 10
    assert [p for p in places if p != "_build/" and not (ROOT / p).exists()] == []


def test_private_files_of_a_group_are_ignored_by_git() -> None:
    ignored = read(ROOT / ".gitignore")
    for name in ("gradebook.db", "submitted", "autograded", "feedback", "*.csv"):
        assert f"exercises/{name}" in ignored


def test_citation_file() -> None:
    citation = yaml.safe_load(read(ROOT / "CITATION.cff"))
    project = tomllib.loads(read(ROOT / "pyproject.toml"))["project"]
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    assert citation["cff-version"] == "1.2.0"
    assert citation["type"] in {"software", "dataset"}
    assert citation["authors"] and all(author.get("name") for author in citation["authors"])
    assert citation["version"] == project["version"]
    assert citation["license"] == ["MIT", "CC-BY-SA-4.0"]


def test_changelog_has_this_version_on_top() -> None:
    project = tomllib.loads(read(ROOT / "pyproject.toml"))["project"]
    versions = re.findall(r"^## (\S+)", read(ROOT / "CHANGELOG.md"), re.M)
    assert versions[0] == project["version"]


def test_licences() -> None:
    assert read(ROOT / "LICENSE").startswith("MIT License\n")
    content = read(ROOT / "LICENSE-content")
    assert "https://creativecommons.org/licenses/by-sa/4.0/legalcode" in content
    assert "datasets/datapackage.json" in content
