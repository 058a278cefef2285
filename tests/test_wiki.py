"""Titles of wiki pages: one form, what is refused, files of PetScan, and merged lists."""

from __future__ import annotations

import doctest

import figures
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from organizer_lab import prepared, wiki
from organizer_lab.errors import LabError

TITLES = [row["title"] for row in figures.rows("climate_articles_views")]
QUICK = settings(max_examples=200, deadline=None)
HEADER = ["number", "title", "pageid", "namespace", "length", "touched", "Wikidata"]
# What a file can hold in a cell: no line breaks, and nothing that UTF-8 cannot write.
CELLS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=30)
PIECES = [
    "%25",
    "25",
    "&amp;",
    "amp;",
    "#",
    "[[",
    "]]",
    "|",
    ":",
    "_",
    "ukame",
    "/wiki/",
    "https://x",
    "%",
    "é",
    "?",
    "&",
    "lt;",
    "%E9",
    "\u200e",
]
MESS = st.one_of(
    st.text(max_size=40),
    st.lists(st.sampled_from(PIECES)).map("".join),
    st.text("ab_ %2#:[]|&;~<>ßéİŉ\u200e\u00a0w/htp.", max_size=40),
    st.sampled_from(TITLES).map(lambda title: title.replace(" ", "_")),
)


def test_examples():
    assert doctest.testmod(wiki).failed == 0


@QUICK
@given(MESS)
def test_normalising_twice_changes_nothing(text):
    once = wiki.normalise(text)
    assert wiki.normalise(once) == once


@QUICK
@given(MESS)
def test_what_is_taken_as_canonical_has_no_problem(text):
    try:
        title = wiki.canonical(text)
    except LabError:
        assert wiki.title_problem(wiki.normalise(text))
        return
    assert wiki.title_problem(title) is None
    assert wiki.normalise(title) == title


def test_the_titles_of_the_table_are_canonical():
    refused = [title for title in TITLES if wiki.title_problem(title)]
    assert refused == ["Portal:Climate change", "Portaal:Opwarming van de Aarde"]


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("climate_change", "Climate change"),
        (" Climate  change_ ", "Climate change"),
        ("Climate change#Causes", "Climate change"),
        ("Mal%C3%A9_Declaration", "Malé Declaration"),
        ("https://sw.wikipedia.org/wiki/Ukame?action=edit", "Ukame"),
        ("https://en.m.wikipedia.org/wiki/Oslo_Principles#See_also", "Oslo Principles"),
        ("[[oslo Principles|the principles]]", "Oslo Principles"),
        ("[[:Ukame]]", "Ukame"),
        ("Food &amp; water", "Food & water"),
        ("100%2525 renewable", "100% renewable"),
        ("R&amp;amp;D", "R&D"),
        ("Food &copy water", "Food &copy water"),
        ("a\u0301rbol", "Árbol"),
        ("ßtraße", "ßtraße"),
        ("tabianchi\u200e", "Tabianchi"),
        ("المناخ", "المناخ"),
    ],
)
def test_one_form(written, title):
    assert wiki.canonical(written) == title


@pytest.mark.parametrize(
    ("title", "phrase"),
    [
        ("  ", "empty title"),
        ("Ukame#Sababu", "after '#'"),
        ("Ukame<ref>", "'<'"),
        ("Ukame\x00", "cannot be seen"),
        ("Ж" * 128, "256 bytes"),
        ("..", "'..'"),
        ("a/../b", "'..'"),
        ("~~~~", "tildes"),
        ("Mal%C3%A9", "codes from a web page"),
        ("Food &amp; water", "codes from a web page"),
        ("Talk:Climate change", "out of the articles"),
        ("Jamii:Tabianchi", "out of the articles"),
        ("sw:Ukame", "out of the articles"),
        ("ukame", "Write 'Ukame'"),
        ("Climate_change", "Write 'Climate change'"),
        ("\ud800", "half of a character"),
    ],
)
def test_what_is_no_title_is_said(title, phrase):
    assert phrase in wiki.title_problem(title)


def test_a_refused_title_is_named():
    with pytest.raises(LabError, match=r"'Talk:Ukame' is not a title.*out of the articles"):
        wiki.canonical("Talk:Ukame")


def test_databases():
    assert wiki.databases()["swwiki"] == "sw"
    assert wiki.database("zh-min-nan") == "zh_min_nanwiki"
    assert len(wiki.databases()) == len(figures.rows("wikipedia_editions"))


# -- files of PetScan ------------------------------------------------------------------------


def petscan(rows, header=HEADER, sign=",") -> bytes:
    """Write as PetScan does: each value in quotation marks, a backslash before those inside."""
    lines = [header, *rows]
    cells = [['"' + str(cell).replace('"', '\\"') + '"' for cell in line] for line in lines]
    return "".join(sign.join(line) + "\n" for line in cells).encode()


@QUICK
@given(
    st.lists(
        st.tuples(CELLS, st.integers(0, 10**9), st.sampled_from(["", "Talk", "Portal"])),
        max_size=8,
    ),
    st.sampled_from([",", "\t"]),
    st.booleans(),
)
def test_a_file_of_petscan_comes_back(tmp_path_factory, pages, sign, with_items):
    rows = [
        [position, title, pageid, namespace, 42, "20260105093000", "Q1"][: 7 if with_items else 6]
        for position, (title, pageid, namespace) in enumerate(pages, 1)
    ]
    path = tmp_path_factory.mktemp("petscan") / "list.csv"
    path.write_bytes(petscan(rows, HEADER[: 7 if with_items else 6], sign))
    table = wiki.read_petscan(path)
    assert list(table["title"]) == [title for title, _, _ in pages]
    assert list(table["pageid"]) == [pageid for _, pageid, _ in pages]
    assert list(table["namespace"]) == [namespace for _, _, namespace in pages]
    assert set(table["wikidata"]) <= ({"Q1"} if with_items else {""})


@pytest.mark.parametrize(
    "title", ['A_"green"_fund', '"', 'He_said_"no"', "AC\\DC", "ends_in_\\", 'a",', 'a","b', '\\"']
)
def test_quotation_marks_and_backslashes(tmp_path, title):
    path = tmp_path / "list.csv"
    path.write_bytes(petscan([[1, title, 7, "", 42, "", ""]]).replace(b"\n", b"\r\n"))
    assert list(wiki.read_petscan(path)["title"]) == [title]


@pytest.mark.parametrize(
    ("content", "phrase"),
    [
        (b"", "does not begin with the columns"),
        (b"<html>not a list</html>", "does not begin with the columns"),
        (b"title,namespace\nUkame,\n", "does not begin with the columns"),
        (petscan([], [*HEADER[:6], "other"]), "does not begin with the columns"),
        (petscan([[1, "Ukame", 7]]), "line 2: 3 values for 7 columns"),
        (petscan([[1, "A", 7, "", 1, "", ""], [2, "B", "x", "", 1, "", ""]]), "line 3: 'pageid'"),
        (petscan([[1, "Ukame", 7, "", "long", "", ""]]), "line 2: 'length'"),
        (b"\xff\xfe", "cannot be read"),
        (petscan([[1, "A" * 200_000, 7, "", 1, "", ""]]), "cannot be read"),
    ],
)
def test_a_bad_file_is_said_in_words(tmp_path, content, phrase):
    path = tmp_path / "list.csv"
    path.write_bytes(content)
    with pytest.raises(LabError, match=r"^list\.csv") as error:
        wiki.read_petscan(path)
    assert phrase in str(error.value)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(LabError, match=r"none\.csv cannot be read"):
        wiki.read_petscan(tmp_path / "none.csv")


# -- merging ---------------------------------------------------------------------------------


def listed(*pages) -> pd.DataFrame:
    return pd.DataFrame(pages, columns=["title", "namespace"])


def test_merging_keeps_each_line_and_each_reason():
    found = wiki.merge(
        {
            "category": listed(("climate_change", "Talk"), ("climate_change", ""), ("Ukpor", "")),
            "notes": "* [[Climate change]]\n\nTalk:Ukpor\nDry Corridor\n",
        }
    )
    assert list(found["title"]) == ["Climate change"] * 2 + ["Ukpor"] + [
        "Climate change",
        "Ukpor",
        "Dry Corridor",
    ]
    assert list(found["namespace"]) == ["Talk", "", "", "", "Talk", ""]
    assert list(found["found"])[3] == "* [[Climate change]]"
    # A talk page is no double of its article, once it is out.
    assert wiki.doubles(found).sum() == 3
    kept = wiki.leave_out(found, found["namespace"] != "", " not an article ")
    assert list(wiki.doubles(kept)) == [False] * 3 + [True] + [False] * 2
    kept = wiki.leave_out(kept, wiki.doubles(kept), "double")
    kept = wiki.leave_out(kept, "ukpor", "a town")
    assert list(kept["why_out"]) == [
        "not an article",
        "",
        "a town",
        "double",
        "not an article",
        "",
    ]
    assert set(found["why_out"]) == {""}


def test_merging_nothing_and_pages_of_a_series():
    assert wiki.merge({"notes": ""}).empty
    assert wiki.doubles(wiki.merge({"notes": ""})).sum() == 0
    lines = pd.Series(["Ukame", "ukame"])
    assert wiki.doubles(wiki.merge({"notes": lines})).sum() == 1


def test_merging_says_what_is_wrong():
    found = wiki.merge({"notes": "Ukame"})
    for act, phrase in (
        (lambda: wiki.merge({"list": pd.DataFrame({"name": ["x"]})}), "no column"),
        (lambda: wiki.doubles(listed()), "Merge the sources first"),
        (lambda: wiki.leave_out(found, "Ukame", " "), "Say in a few words why"),
        (lambda: wiki.leave_out(found, "Ukami", "noise"), "Did you mean"),
        (lambda: wiki.leave_out(found, 5, "noise"), "Say which rows"),
        (lambda: wiki.leave_out(found, found["title"], "noise"), "Say which rows"),
    ):
        with pytest.raises(LabError, match=phrase):
            act()


# -- the files that are prepared for week 6 --------------------------------------------------


def test_the_prepared_sources_hold_real_titles_and_nothing_invented(tmp_path):
    for name in ("prepared_petscan_list.csv", "prepared_workshop_notes.csv"):
        (tmp_path / name).write_bytes(prepared.make()[name])
    table = wiki.read_petscan(tmp_path / "prepared_petscan_list.csv")
    assert set(table["pageid"]) == set(table["length"]) == {0}
    assert set(table["touched"]) == set(table["wikidata"]) == {""}
    rows = figures.rows("climate_articles_views")
    english = {row["title"] for row in rows if row["language_code"] == "en"}
    notes = [row["line"] for row in figures.rows("prepared_workshop_notes")]
    found = wiki.merge({"list": table, "notes": notes})
    articles = found[found["namespace"] == ""]
    assert set(articles["title"]) == {title for title in english if not title.startswith("Portal:")}
    # Each source has pages that the other one lacks.
    both = [set(articles.loc[articles["source"] == name, "title"]) for name in ("list", "notes")]
    assert both[0] - both[1] and both[1] - both[0] and both[0] & both[1]
    assert set(found.loc[found["namespace"] != "", "namespace"]) == {"Talk", "Portal", "Category"}
