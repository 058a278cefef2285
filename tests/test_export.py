"""The exports: exact forms, learners' text that stays text, files that other programs read."""

from __future__ import annotations

import ast
import csv
import doctest
import html
import io
import json
import os
import re
import sys
import types
import typing
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote

import icalendar
import mwparserfromhell
import pycountry
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from mwparserfromhell.nodes import HTMLEntity, Tag, Text
from plans import complete_plan, event_plan, worklist

from organizer_lab import cli, data, export, wiki
from organizer_lab.errors import LabError
from organizer_lab.explore import STATIC
from organizer_lab.export import calendar, countries, grant, money, numbers, wikitext
from organizer_lab.plan import (
    PARTS,
    Part,
    Plan,
    Registration,
    Target,
    Task,
    TopicCard,
    WorklistPage,
)
from organizer_lab.plan import week_7 as rules
from organizer_lab.plan.part import Evidence
from organizer_lab.plan.rows import day, moment

ROOT = Path(__file__).resolve().parents[1]
some = settings(deadline=None, max_examples=150)

HOSTILE = (
    *("{{Delete}}", "{{{1}}}", "[[Category:Spam]]", "[https://evil.example x]", "{|", "|}"),
    *("a\n|-\n| b", "a || b", "a !! b", "-{zh}-", "<script>alert(1)</script>", "</bdi></nowiki>"),
    *("<!-- hidden", "--> x", "<ref>x</ref>", "~~~~", "~~~", "__NOTOC__"),
    *("\uff3f\uff3fNOTOC\uff3f\uff3f", "日本語\uff3f\uff3f目次強制\uff3f\uff3f"),
    *("ISBN 978-0-306-40615-7", "RFC 2324", "PMID\u00a012345", "https://evil.example/a?b=c"),
    *("mailto:a@evil.example", "HTTP://EVIL.example", "ftp://evil.example", "//evil.example"),
    *("'''bold''", "'", "''", "it's", "= a =", "a\n== b ==\nc", "* a\n* b", "#REDIRECT [[X]]"),
    *(": a", "; a : b", "----", "&lt;b&gt;", "&#91;&#91;x]]", "&nbsp;", "a\u2028b\u2029c"),
    *("\x7f'\"`UNIQ--nowiki--QINU`\"'\x7f", "\u202eevil", "\u2066open", "a\r\nb", "\t=1"),
    *("العربية {{x}} 12", "עברית [[y]]", "ไทย|ไทย", "हिन्दी ''क''", "👩‍🌾 {{a}}", "=cmd()", "+1"),
    *("1. x", "- x", "# x", "> x", "```", "$x$", "www.evil.example", "![a](b)", "a\\", "*a*"),
    *("_a_", "@x"),
)
# Several at once, for whole plans: every field filled is a long page.
TOGETHER = (*(" ".join(HOSTILE[start::3]) for start in range(3)), "\n".join(HOSTILE))
hostile = st.lists(
    st.sampled_from(HOSTILE) | st.text(max_size=12) | st.sampled_from("'=*#:;|!-_~&<>[]{}\n "),
    max_size=6,
).map("".join)


# -- plans -----------------------------------------------------------------------------------------


# With the days, what must be right so that links and calendars are made at all.
KEPT = ("timezone", "wiki", "wikis", "source_language", "language_code")


def takes_text(kind: object) -> bool:
    """Whether a field may hold any text: a str, and no choice of words."""
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return any(map(takes_text, typing.get_args(kind)))
    return kind is str


def filled(part, text, *, keep_days: bool = False):
    """Write a text into every field of every part, however deep, that can hold one."""
    for name, field in type(part).model_fields.items():
        value = getattr(part, name)
        if isinstance(value, Part):
            filled(value, text, keep_days=keep_days)
        elif isinstance(value, list) and value and isinstance(value[0], Part):
            for each in value:
                filled(each, text, keep_days=keep_days)
        elif keep_days and (name in KEPT or is_day(value)):
            continue
        elif isinstance(value, list):
            setattr(part, name, [text] * len(value))
        elif isinstance(value, dict):
            setattr(part, name, dict.fromkeys(value, text))
        elif takes_text(field.annotation):
            setattr(part, name, text)
    return part


def is_day(value: object) -> bool:
    several = value if isinstance(value, list) else [value]
    return any(day(each) or moment(each) for each in several)


def plan_of(text: str, *, keep_days: bool = False) -> Plan:
    plan = complete_plan()
    for part in plan.parts().values():
        filled(part, text, keep_days=keep_days)
    return plan


ARABIC = "مواسم الجفاف 2027: (قراءة) بالعربية"
THAI = "ฤดูแล้งและการอ่านเป็นภาษาไทย"


@pytest.fixture(scope="module")
def plan() -> Plan:
    return complete_plan()


@pytest.fixture(scope="module")
def made(plan) -> dict[str, str]:
    return export.files(plan, points=60, of=72, name="Amina")


def test_the_filler_reaches_every_field_that_holds_text():
    marked = plan_of("MARK")
    kinds = {type(part).__name__ for part in marked.parts().values()}
    assert len(kinds) == 10
    text = marked.model_dump_json()
    clean = complete_plan().model_dump_json()
    assert text.count("MARK") > 300
    for words in ("Neema", "library", "coordinator", "Dodoma", "TZA", "2027"):
        assert words in clean and words not in text


# -- text on a wiki --------------------------------------------------------------------------------


def shape(text: str) -> Counter[str]:
    """What a parser of wikitext finds, apart from plain text: each kind of node, counted."""
    found: Counter[str] = Counter()
    for node in mwparserfromhell.parse(text).ifilter(recursive=True):
        if isinstance(node, Text | HTMLEntity):
            continue
        kind = type(node).__name__
        if isinstance(node, Tag):
            kind = str(node.tag).strip()
            if kind == "bdi":
                continue
        found[kind] += 1
    return found


def body(page: str) -> str:
    """The page without the list of what is missing, which is as long as the plan is wrong."""
    return page.partition("\n== Still to do ==\n")[0]


@some
@given(hostile)
def test_text_is_seen_as_it_is_and_means_nothing(text):
    safe = wikitext.inert(text)
    assert html.unescape(safe) == wikitext.plain(text)
    assert not shape(safe), safe
    assert "\n" not in safe
    # Also where the parser of the tests is kinder than a wiki.
    assert not re.search(r"[<>\[\]{}|~\x7f]|''|__|\uff3f\uff3f|!!|^[*#:;=!+\- ]|^'|'$", safe)
    assert not re.search(r"[A-Za-z]:\S|\b(?:ISBN|RFC|PMID)\s|&(?!#\d+;|amp;|lt;|gt;)", safe)


@some
@given(hostile)
def test_text_stays_in_its_cell_item_and_paragraph(text):
    safe = wikitext.shown(text)
    for around in (
        wikitext.table(("A", "B"), [(safe, safe)]),
        wikitext.facts([("A", safe)]),
        wikitext.bullets([safe, f"A: {safe}"]),
        wikitext.section("A", safe, f"# {safe}"),
        f"'''{safe or 'x'}''' – {safe}",
    ):
        plain = around.replace(safe, "word") if safe else around
        assert shape(around) == shape(plain), around


def links_of(page: str) -> list[str]:
    return [str(link.title) for link in mwparserfromhell.parse(page).filter_wikilinks()]


@pytest.mark.parametrize("keep", [False, True])
def test_hostile_words_change_no_page(keep):
    writers = (export.plan_wikitext, export.event_wikitext)
    good = [shape(body(write(plan_of("word", keep_days=keep)))) for write in writers]
    for text in (*TOGETHER, "{{Delete}}", "<!-- hidden"):
        bad = plan_of(text, keep_days=keep)
        for write, expected in zip(writers, good, strict=True):
            page = write(bad)
            found = shape(body(page))
            links = links_of(page)
            assert all(re.match(":(sw|en):", link) for link in links), "titles that may be ones"
            assert keep or not links
            del found["Wikilink"]
            assert found == expected, text
            rest = shape(page.removeprefix(body(page)))
            assert set(rest) <= {"Heading", "li"}, rest


def test_no_page_has_a_template(made):
    for name in ("plan.wikitext", "event.wikitext"):
        found = shape(made[name])
        assert not set(found) & {"Template", "Argument", "Wikicode"}
        assert found["Wikilink"] >= 24, "twelve pages and their sources"
    assert shape(made["listeria.wikitext"])["Template"] == 2


@pytest.mark.parametrize("module", [wikitext, grant, countries])
def test_the_examples_in_the_code(module):
    assert doctest.testmod(module).attempted > 0 == doctest.testmod(module).failed


def test_what_is_no_text_goes_and_new_letters_stay():
    kept = "\U0001fae8 \U0001f9d1\u200d\U0001f33e \ue000 e\u0301 \u0e01\u0e33"
    assert wikitext.plain(kept) == kept.replace("e\u0301", "é")
    assert wikitext.plain("a\ufdd0b\ufffec\U0010ffffd\x00e\x85f\ud83c") == "abcde f"
    assert wikitext.plain(" a \n\t b\u3000c ") == "a b c" and wikitext.plain(None) == ""


def test_text_from_right_to_left_is_kept_apart():
    for text in (ARABIC, "עברית", "\u202eevil", "\u2066open", "ދިވެހި", "٣٤"):
        assert wikitext.shown(text).startswith("<bdi>")
    for text in (THAI, "Kiswahili", "日本語", "हिन्दी", "ኣማርኛ"):
        assert wikitext.shown(text) == wikitext.plain(text)


@pytest.mark.parametrize("text", [ARABIC, THAI])
def test_a_plan_in_another_script(text):
    plan = plan_of(text, keep_days=True)
    made = export.files(plan)
    for name in ("plan.wikitext", "event.wikitext", "rapid_fund.md", "plan.json", "metrics.csv"):
        shown = html.unescape(made[name]).replace("\\", "")
        assert text in shown, name
    assert ("<bdi>" in made["plan.wikitext"]) is (text == ARABIC)
    entries = icalendar.Calendar.from_ical(made["calendar.ics"]).events
    assert any(text in str(entry["SUMMARY"]) for entry in entries)


def test_an_address_is_a_link_only_in_its_own_field():
    link = wikitext.address("https://example.org/a?b=1&c='d'__x__~~~~")
    assert shape(link) == {}, "an apostrophe is no part of an address"
    link = wikitext.address("https://example.org/a?b=1&c=__x__~~~~")
    assert shape(link)["ExternalLink"] == 1 and "__" not in link and "~~" not in link
    for text in ("javascript:alert(1)", "https://a b", "https://a|b", "ftp://a.example", "[x]"):
        assert not shape(wikitext.address(text))
    assert wikitext.page("swwiki", "Mabadiliko ya tabianchi") == (
        "[[:sw:Mabadiliko ya tabianchi|Mabadiliko ya tabianchi]]"
    )
    for database, title in (("nowhere", "Ukame"), ("swwiki", "a|b"), ("swwiki", "Talk:X")):
        assert not shape(wikitext.page(database, title))
    assert shape(wikitext.page("enwiki", "Foo ''bar'' __x"))["i"] == 0


# -- worklist --------------------------------------------------------------------------------------


def test_worklist_json_is_read_back(plan, made):
    read = json.loads(made["worklist.json"])
    assert read == {"swwiki": [page.title for page in plan.worklist.pages]}
    for titles in read.values():
        assert titles and len(set(titles)) == len(titles)
        assert all(wiki.title_problem(title) is None for title in titles)


def test_worklist_json_mends_what_can_be_mended_and_refuses_the_rest():
    part = worklist()
    part.pages[0].title, part.pages[1].title = "ukame_wa_Saheli", "Ukame wa Saheli#Sababu"
    titles = json.loads(export.worklist_json(part))["swwiki"]
    assert titles[0] == "Ukame wa Saheli" and len(titles) == len(part.pages) - 1
    part.pages[0].title = "Jamii:Tabianchi"
    with pytest.raises(LabError, match="Jamii"):
        export.worklist_json(part)
    part.pages[0].title, part.pages[0].wiki = "Ukame", "klingonwiki"
    with pytest.raises(LabError, match="klingonwiki"):
        export.worklist_json(part)
    for write in (export.worklist_json, export.pagepile, export.listeria):
        with pytest.raises(LabError):
            write(type(part)())


def test_pagepile_lines_are_read_back(plan, made):
    lines = [line.split("\t") for line in made["pagepile.tsv"].splitlines()]
    assert [title for title, _ in lines] == [page.title for page in plan.worklist.pages]
    assert {number for _, number in lines} == {"0"}


def test_pagepile_writes_the_wiki_with_most_pages():
    part = worklist()
    part.pages = [*part.pages, WorklistPage(wiki="enwiki", title="Drought")]
    assert "Drought" not in export.pagepile(part)
    assert export.pagepile(part, "enwiki") == "Drought\t0\n"
    with pytest.raises(LabError, match="It has swwiki, enwiki"):
        export.pagepile(part, "dewiki")
    assert "enwiki" in export.left_out(complete_plan().put(part))["pagepile.tsv of enwiki"]
    assert set(json.loads(export.worklist_json(part))) == {"swwiki", "enwiki"}


def addresses(block: str) -> list[str]:
    return re.findall(r"^    <(.+)>$", block, re.M)


def test_listeria_asks_for_the_pages_that_are_translated(plan, made):
    block = made["listeria.wikitext"]
    named = [unquote(each.rpartition("/wiki/")[2]).replace("_", " ") for each in addresses(block)]
    assert named == [page.source_title for page in plan.worklist.pages]
    template = block.removesuffix("}}\n{{Wikidata list end}}\n").removeprefix("{{")
    assert "{{" not in template and "}}" not in template
    parameters = dict(part.split("=", 1) for part in template.split("\n|")[1:])
    assert list(parameters) == ["sparql", "columns", "sort", "links", "summary"]
    assert parameters["sparql"].count("{") == parameters["sparql"].count("}")
    assert "label/en:In English" in parameters["columns"]


def test_listeria_with_every_title_that_the_tables_know():
    """Titles with quotation marks, commas and letters of other scripts end no parameter."""
    views = data.load("climate_articles_views")
    odd = ['The "green" plan', "L'Afrique d'abord", "ÇA {va}", "A/B: c, d; (e)! *f* $g@h~i", "مناخ"]
    pages = [*zip(views["language_code"], views["title"], strict=True), *(("en", o) for o in odd)]
    part = worklist()
    part.pages = [WorklistPage(wiki=wiki.database(code), title=title) for code, title in pages]
    block = export.listeria(part)
    fit = [(c, t) for c, t in pages if wiki.title_problem(wiki.normalise(t)) is None]
    assert len(fit) > 500 and len(addresses(block)) == len(fit)
    for (code, title), each in zip(fit, addresses(block), strict=True):
        assert not re.search(r"[\"'|{}\\\s<>^`]", each), each
        assert each.startswith(f"https://{code}.wikipedia.org/wiki/")
        assert unquote(each.split("/wiki/")[1]).replace("_", " ") == wiki.normalise(title)


def test_the_table_has_one_row_for_each_page(plan):
    text = export.wikitable(plan.worklist)
    assert text.count("\n|-\n") == len(plan.worklist.pages)
    assert text.startswith('{| class="wikitable sortable"\n! Rank !! Page !! Translated from !! ')
    few = export.wikitable(plan.worklist, "newcomers")
    assert 0 < few.count("\n|-\n") < len(plan.worklist.pages) and "newcomers" not in few


# -- event -----------------------------------------------------------------------------------------


def test_registration_has_the_documented_fields_and_forms(plan, made):
    chapter = (ROOT / "book/framework/set-up-pages.md").read_text(encoding="utf-8")
    table = re.search(r"^\| Field \|.*?\n\n", chapter, re.M | re.S)[0]
    documented = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.*?) \|", table, re.M))))
    body = json.loads(made["registration.json"])
    assert set(body) <= documented
    assert set(body) >= {"event_page", "timezone", "start_time", "end_time", "types", "wikis"}
    assert (body["start_time"], body["end_time"]) == ("20270306090000", "20270320160000")
    assert body["meeting_country_code"] == "TZ" and "meeting_url" not in body
    assert body["online_meeting"] is False and body["inperson_meeting"] is True
    assert body["is_test_event"] is False and body["tracks_contributions"] is True
    assert (body["goal_type"], body["goal_target"]) == ("total_articles_created", 12)
    assert set(body["types"]) <= set(rules.TYPES) and set(body["topics"]) <= set(rules.TOPICS)
    assert body == export.registration(plan.event_plan)
    goal = {"metric": "total_articles_created", "target": 12}
    assert json.loads(made["goals.json"]) == {"operator": "AND", "metrics": [goal]}


def test_registration_of_an_online_event_and_of_nothing():
    part = event_plan()
    part.registration.meeting, part.registration.meeting_url = "online", "https://meet.example/x"
    body = export.registration(part)
    assert body["meeting_url"] == "https://meet.example/x"
    assert body["online_meeting"] and not body["inperson_meeting"]
    assert not {"meeting_country_code", "meeting_address"} & set(body)
    part.registration.meeting = "both"
    assert {"meeting_url", "meeting_country_code", "meeting_address"} <= set(
        export.registration(part)
    )
    part.registration = Registration()
    assert export.registration(part) == {"is_test_event": False, "tracks_contributions": True}
    assert export.goals(part) is None
    part.registration = None
    assert export.registration(part)


def test_codes_of_countries_are_those_of_the_standard():
    ours = data.load("country_profile")["iso3"].tolist()
    assert set(countries.TWO_LETTERS) == set(ours)
    for code in ours:
        known = pycountry.countries.get(alpha_3=code)
        # Kosovo has no code in the standard; CLDR writes XK.
        assert countries.two_letters(code) == (known.alpha_2 if known else "XK"), code
        assert known or code == "XKX"
    assert countries.two_letters(" tza") == "TZ"
    assert countries.two_letters(None) is None and countries.two_letters("ZZZ") is None


# -- money -----------------------------------------------------------------------------------------


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_budget_has_the_twelve_columns_and_its_sums_come_back(plan, made):
    part = plan.budget_and_metrics
    assert made["budget.csv"].splitlines()[0] == (
        "Program or strategy number,Program or strategy,Expense category,Expense item number,"
        "Expense item,Description,Unit,Unit cost,Number of units (quantity),Currency,"
        "Total cost in local currency,Total cost in US dollars"
    )
    rows = rows_of(made["budget.csv"])
    assert len(rows) == len(part.lines)
    local, usd = "Total cost in local currency", "Total cost in US dollars"
    for row, line in zip(rows, part.lines, strict=True):
        quantity = float(row["Number of units (quantity)"])
        assert float(row["Unit cost"]) * quantity == float(row[local]) == line.total()
        assert row["Program or strategy"] == plan.event_plan.timeline[line.task - 1].task
    paid = [row for row in rows if row["Expense category"] != "In-kind services or goods"]
    assert sum(float(row[local]) for row in paid) == part.total() == 5_000_000
    assert sum(float(row[usd]) for row in paid) == part.requested_usd == part.total_usd()
    assert len(rows) - len(paid) == 1
    assert sum(total for _, total, _ in money.totals(part)) == part.total(in_kind=True)


def test_metrics_are_seven_columns_with_the_learning_question(plan, made):
    assert made["metrics.csv"].splitlines()[0] == "metric,kind,baseline,target,source,method,due"
    rows = rows_of(made["metrics.csv"])
    kinds = [row["kind"] for row in rows]
    assert kinds == ["participants", "editors", "organizers", "content", "qualitative", "learning"]
    assert rows[3]["metric"].endswith("(articles created)") and rows[3]["target"] == "12"
    assert rows[-1]["metric"] == plan.budget_and_metrics.learning_question
    part = complete_budget()
    part.targets = [Target(kind="articles improved")]
    assert rows_of(export.metrics_csv(part))[0]["metric"] == "articles improved"


@some
@given(hostile)
def test_text_in_a_spreadsheet_is_no_formula_and_comes_back(text):
    part = filled(complete_budget(), text)
    for write in (export.budget_csv, export.metrics_csv):
        back = list(csv.reader(io.StringIO(write(part))))
        assert len({len(row) for row in back}) == 1
        for value in {cell for row in back[1:] for cell in row}:
            assert not value.startswith(("=", "+", "-", "@", "\t", "\r", "\uff1d"))
        said = wikitext.plain(text)
        if said:
            assert any(cell.removeprefix("'") == said.removeprefix("'") for r in back for cell in r)


BUDGET = complete_plan().budget_and_metrics


def complete_budget():
    return BUDGET.model_copy(deep=True)


def test_numbers_stay_numbers():
    assert money.cell(3 * 0.1) == 0.3
    assert [money.cell(value) for value in (3.0, 2.5, -4, 0, None, "-4", "=1")] == [
        *(3, 2.5, -4, 0, "", "'-4", "'=1")
    ]


# -- calendar --------------------------------------------------------------------------------------


def read(text: str) -> dict[str, icalendar.Event]:
    return {str(event["UID"]): event for event in icalendar.Calendar.from_ical(text).events}


def of_event(plan: Plan) -> icalendar.Event:
    name = plan.event_plan.name
    return next(each for each in read(export.ics(plan)).values() if str(each["SUMMARY"]) == name)


def test_a_calendar_program_reads_every_day(plan, made):
    events = read(made["calendar.ics"])
    entries = calendar.entries(plan)
    assert len(events) == len(entries) == 1 + 9 + 3 + 5 + 1 + 1 + 3 + 3
    assert Counter(str(each["SUMMARY"]) for each in events.values()) == Counter(
        entry.text for entry in entries
    )
    days = {str(each["SUMMARY"]): each["DTSTART"].dt for each in events.values()}
    assert days["First Saturday in the library"] == date(2027, 3, 6)
    assert days["Final report of the grant is due"] == date(2027, 6, 30)
    assert days["Compare results with targets"] == date(2027, 4, 20)
    assert not icalendar.Calendar.from_ical(made["calendar.ics"]).errors
    again = icalendar.Calendar.from_ical(made["calendar.ics"]).to_ical().decode()
    assert read(again) == events


@pytest.mark.parametrize(
    ("zone", "start", "end"),
    [
        ("Africa/Dar_es_Salaam", "06:00", "13:00"),
        # Summer time begins between the two days: on 28 March in Europe, on 14 March in America.
        ("Europe/Berlin", "08:00", "14:00"),
        ("America/New_York", "14:00", "20:00"),
        ("Asia/Kathmandu", "03:15", "10:15"),
        # And ends, south of the equator, on 4 April.
        ("Australia/Sydney", "22:00", "06:00"),
    ],
)
def test_times_are_right_over_a_change_to_summer_time(zone, start, end):
    plan = complete_plan()
    form = plan.event_plan.registration
    form.timezone, form.start, form.end = zone, "2027-03-06 09:00", "2027-04-10 16:00"
    event = of_event(plan)
    assert f"{event['DTSTART'].dt:%H:%M}" == start and f"{event['DTEND'].dt:%H:%M}" == end
    assert event["DTSTART"].dt.utcoffset() == event["DTEND"].dt.utcoffset() == timedelta(0)


def test_an_event_without_a_known_zone_is_there_for_whole_days():
    plan = complete_plan()
    for zone in ("Mars/Olympus", "../../etc/passwd", None, "", "Africa"):
        plan.event_plan.registration.timezone = zone
        event = of_event(plan)
        assert event["DTSTART"].dt == date(2027, 3, 6) and event["DTEND"].dt == date(2027, 3, 21)
    for start, end in (("0001-01-01 00:00", "0001-01-02 00:00"), ("9999-12-31 23:00", None)):
        form = plan.event_plan.registration
        form.timezone, form.start, form.end = "Pacific/Auckland", start, end
        assert isinstance(of_event(plan)["DTSTART"].dt, date)


@some
@given(hostile, st.sampled_from(["2027-01-18", "2027-12-31", "9999-12-31", "0001-01-01"]))
def test_any_text_in_a_calendar_is_escaped_folded_and_read_back(text, due):
    plan = Plan(event_plan=event_plan_with(text, due))
    written = export.ics(plan)
    assert written.endswith("\r\n") and "\n" not in written.replace("\r\n", "")
    for line in written.split("\r\n"):
        assert len(line.encode()) <= 75
    events = list(read(written).values())
    said = wikitext.plain(text)
    assert len(events) == (1 if said else 0)
    if said:
        assert str(events[0]["SUMMARY"]) == str(events[0]["DESCRIPTION"]) == said
        assert events[0]["DTSTART"].dt == day(due)


def event_plan_with(text: str, due: str):
    return rules.EventPlan(timeline=[Task(due=due, task=text, owner=text)])


def test_long_lines_are_folded_between_letters():
    text = "ยาวมาก, " * 40 + "👩‍🌾" * 30
    written = export.ics(Plan(event_plan=event_plan_with(text, "2027-01-18")))
    assert max(len(line.encode()) for line in written.split("\r\n")) <= 75
    assert wikitext.plain(text).replace(",", "\\,") in written.replace("\r\n ", "")


def test_an_entry_keeps_its_name_when_days_and_lines_change():
    before = complete_plan()
    after = complete_plan()
    after.event_plan.timeline[3].due = "2027-02-13"
    first = Task(due="2027-01-12", task="A new first task", owner="coordinator")
    after.event_plan.timeline = [first, *after.event_plan.timeline]
    old, new = read(export.ics(before)), read(export.ics(after))
    assert set(old) < set(new) and len(new) == len(old) + 1
    moved = [uid for uid in old if old[uid]["DTSTART"].dt != new[uid]["DTSTART"].dt]
    assert [str(new[uid]["SUMMARY"]) for uid in moved] == ["Send the invitations to both clubs"]
    same = complete_plan()
    same.event_plan.timeline = [first, first]
    assert len(read(export.ics(same))) == len(calendar.entries(same))


def test_the_stamp_is_the_last_saving():
    plan = complete_plan()
    plan.saved, plan.revision = "2027-01-11T09:30:00+03:00", 7
    event = of_event(plan)
    assert event["DTSTAMP"].dt.isoformat() == "2027-01-11T06:30:00+00:00" and event["SEQUENCE"] == 7
    plan.saved = "yesterday"
    assert isinstance(of_event(plan)["DTSTAMP"].dt, datetime)


# -- answers for a grant ---------------------------------------------------------------------------


def test_only_the_questions_that_we_know_have_a_number(made):
    heads = re.findall(r"^## (.*)$", made["rapid_fund.md"], re.M)
    numbered = [head for head in heads if head[0].isdigit()]
    assert [head.split(".")[0] for head in numbered] == ["1", "2–3", "4", "5", "6"]
    assert heads[1:6] == numbered
    assert "compare them with a fresh form" in made["rapid_fund.md"]
    assert "Dodoma and Morogoro, Tanzania\n" in made["rapid_fund.md"]
    assert "Not written yet" not in made["rapid_fund.md"]


MARKDOWN = MarkdownIt("gfm-like")
# It would also link "example.org" in the middle of a sentence, which GitHub's own rules do not.
MARKDOWN.linkify.set({"fuzzy_link": False})


@some
@given(hostile)
def test_text_in_markdown_is_text(text):
    safe = grant.inert(text)
    for around in (safe, f"- {safe}", f"Word: {safe}"):
        if not safe:
            continue
        inline = [token for token in MARKDOWN.parse(around) if token.type == "inline"]
        assert len(inline) == 1, around
        assert {child.type for child in inline[0].children} <= {"text", "text_special"}, around
        seen = "".join(child.content for child in inline[0].children)
        assert seen.removeprefix("Word: ") == wikitext.plain(text)
    assert "www." not in safe.lower()


def test_hostile_words_add_no_heading():
    def heads(text: str) -> int:
        tokens = MARKDOWN.parse(export.rapid_fund(plan_of(text, keep_days=True)))
        return sum(token.type == "heading_open" for token in tokens)

    assert {heads(text) for text in TOGETHER} == {heads("word")}


# -- certificate -----------------------------------------------------------------------------------


def test_a_certificate_when_the_pass_rule_is_met(plan):
    text = export.certificate_text(plan, 50.4, 72, name=" Amina\nK. ", on=date(2027, 7, 1))
    assert "\nAmina K.\n" in text and "Date: 2027-07-01" in text and "50.4 of 72" in text
    assert "_____" in export.certificate_text(plan, 72, 72).split("has completed")[0]
    assert "Neema" not in text and "coordinator" not in text


@pytest.mark.parametrize(
    ("break_", "points", "of", "said"),
    [
        (lambda p: None, 50, 72, "69.4%; 70% are needed"),
        (lambda p: None, None, None, "points are not given"),
        (lambda p: None, 80, 72, "cannot be right"),
        (lambda p: None, 0, 0, "cannot be right"),
        (lambda p: None, float("nan"), 72, "cannot be right"),
        (lambda p: setattr(p, "worklist", None), 72, 72, "not there or not valid yet: Worklist"),
        (lambda p: setattr(p.evaluation_plan, "peer_week_9", " "), 72, 72, "Feedback on two peers"),
        (lambda p: setattr(p, "evaluation_plan", None), 72, 72, "Feedback on two peers"),
        (lambda p: setattr(p.campaign_model, "days", 3), 72, 72, "disagree"),
    ],
)
def test_no_certificate_and_the_reason_in_words(break_, points, of, said):
    plan = complete_plan()
    break_(plan)
    with pytest.raises(LabError, match=re.escape(said)):
        export.certificate_text(plan, points, of)
    assert "certificate.txt" not in export.files(plan, points=points, of=of)
    assert said in export.left_out(plan, points=points, of=of)["certificate.txt"]


# -- files -----------------------------------------------------------------------------------------


def test_a_complete_plan_gives_every_file(plan, made):
    assert list(made) == list(export.FILES)
    assert export.left_out(plan, points=60, of=72) == {}
    assert Plan.model_validate_json(made["plan.json"]) == plan
    for name, text in made.items():
        assert text.endswith("\n") and "None" not in text.replace('"None"', ""), name
        if name.endswith(".json"):
            json.loads(text)
    for name in ("plan.wikitext", "event.wikitext"):
        assert "Not written yet" not in made[name] and "Still to do" not in made[name]


def test_the_page_has_the_sections_of_the_curriculum_in_their_order(made):
    assert re.findall(r"^== (.*) ==$", made["plan.wikitext"], re.M) == [
        *("Topic and gap", "Audience", "Action", "Worklist", "Timeline", "Team", "Communication"),
        *("Safety", "Budget", "Metrics", "Evaluation", "Licence"),
    ]
    for words in ("Neema, 24", "5,000,000", "CC BY-SA 4.0", "Policy:Universal_Code_of_Conduct"):
        assert words in made["plan.wikitext"] or words == "5,000,000"
    assert "(Copernicus-products, CC-BY-4.0)" in made["plan.wikitext"]


def test_languages_days_and_the_number_behind_the_form_stand_on_the_page(made):
    page = made["plan.wikitext"]
    assert '\n! scope="row" | Languages\n| Swahili (sw)\n' in page
    assert '\n! scope="row" | Form\n| edit-a-thon, decentralised, 14 days\n' in page
    organized = page.split("=== How it is organized ===")[1].split("\n== ")[0]
    assert "Uploaders" in organized and "2021" in organized


def test_the_page_says_that_the_team_keeps_the_code_only_where_it_is_true(made):
    said = "\n* The team has read and keeps the code of conduct: "
    assert f"{said}yes\n" in made["plan.wikitext"]
    plan = complete_plan()
    for word in (False, None):
        plan.event_plan.keeps_ucoc = word
        assert f"{said}''Not written yet.''\n" in export.plan_wikitext(plan)
        assert "The team" not in export.event_wikitext(plan)


def test_numbers_name_countries_and_languages_and_no_code(made):
    page, answers = made["plan.wikitext"], made["rapid_fund.md"]
    assert "\n| Temperature anomaly (Tanzania)\n" in page and "\n| Articles (Swahili)\n" in page
    assert not re.search(r"iso3|language_code|grant_id|report_id", page)
    first = "- Temperature anomaly (Tanzania), 2024: 0.44 °C, compared with 1991-2020. Source: "
    assert first in answers
    unknown = Evidence(table="nowhere", column="things", where={"shelf": "x"}, value=2)
    assert (numbers.what(unknown), numbers.source(unknown)) == ("things (shelf x)", "nowhere")


def test_answers_for_a_grant_can_be_copied_without_signs_of_markdown(plan, made):
    answers = made["rapid_fund.md"]
    assert f"<{plan.event_plan.friendly_space}>" in answers
    assert "Travel & Events: " in answers and "\\" not in answers
    assert "The event: 2027-03-06 09:00 – 2027-03-20 16:00, Africa/Dar_es_Salaam\n" in answers


def test_nobody_is_asked_to_pay_for_what_others_give(made):
    given = [line for line in made["rapid_fund.md"].splitlines() if "given by others" in line]
    assert len(given) == 1 and "In-kind services or goods" in given[0]


def test_a_missing_answer_for_a_grant_is_said_once():
    answers = re.split(r"^## .*\n", export.rapid_fund(Plan()), flags=re.M)
    for answer in answers:
        lines = [line for line in answer.splitlines() if "Not written yet" in line]
        assert len(lines) == len(set(lines)), answer
    assert "\n\n## 2–3. Start and end\n\n*Not written yet.*\n\n## 4." in export.rapid_fund(Plan())


def test_feedback_to_other_learners_is_in_no_page(plan, made):
    for name, text in made.items():
        if name != "plan.json":
            assert plan.evaluation_plan.peer_week_3 not in text
            assert plan.evaluation_plan.peer_week_9 not in text


def test_a_bare_plan_gives_what_makes_sense_and_names_the_rest():
    made, waiting = export.files(Plan()), export.left_out(Plan())
    assert list(made) == ["plan.json", "plan.wikitext"]
    assert [*made, *waiting] == [*list(made), *[f for f in export.FILES if f not in made]]
    assert all(text.endswith(".") for text in waiting.values())
    page = made["plan.wikitext"]
    assert page.count("Not written yet") > 20
    missing = page.split("== Still to do ==")[1]
    assert missing.count("\n* ") == len(Plan().problems())


@pytest.mark.parametrize("kind", PARTS)
def test_empty_parts_and_half_a_plan_are_exported(kind):
    half = complete_plan().put(kind())
    assert "Still to do" in export.plan_wikitext(half)
    assert set(export.files(Plan().put(kind()))) >= {"plan.json", "plan.wikitext", "rapid_fund.md"}
    setattr(half, kind.field, None)
    assert "plan.wikitext" in export.files(half)


def test_a_title_that_is_none_stops_the_lists_and_no_page():
    broken = complete_plan()
    broken.worklist.pages[0].title = "Talk:Climate"
    assert "Talk:Climate" in export.left_out(broken)["worklist.json"]
    assert "Talk&#58;Climate" in export.plan_wikitext(broken)


def test_a_country_on_the_protection_list_brings_a_warning_into_the_page():
    profile = data.load("country_profile")
    code = profile.loc[profile["on_protection_list"].astype(bool), "iso3"].iloc[0]
    plan = complete_plan()
    assert "This country is" not in export.plan_wikitext(plan) + export.event_wikitext(plan)
    plan.persona_and_funnel.country = code
    for page in (export.plan_wikitext(plan), export.event_wikitext(plan)):
        assert "<!-- This country is on the protection list" in page


def test_files_are_written_whole_beside_the_plan(tmp_path, monkeypatch, plan, made):
    monkeypatch.chdir(tmp_path)
    paths = export.write(plan, points=60, of=72, name="Amina")
    assert [path.name for path in paths] == list(export.FILES)
    assert {path.parent for path in paths} == {tmp_path / "export"}
    assert sorted(path.name for path in (tmp_path / "export").iterdir()) == sorted(export.FILES)
    for path in paths:
        if path.suffix != ".ics" and path.name != "certificate.txt":
            assert path.read_bytes().decode("utf-8-sig") == made[path.name]
    for name in ("budget.csv", "metrics.csv"):
        assert (tmp_path / "export" / name).read_bytes().startswith("\ufeff".encode())
    assert not (tmp_path / "export" / "plan.json").read_bytes().startswith("\ufeff".encode())


def test_a_second_export_replaces_and_names_what_is_old(tmp_path, plan):
    export.write(plan, tmp_path, points=60, of=72)
    half = complete_plan()
    half.worklist = None
    paths = export.write(half, tmp_path)
    said = export.report(paths, export.left_out(half))
    assert "- worklist.json: the worklist of week 6" in said
    assert "out of date: worklist.json, pagepile.tsv, listeria.wikitext, certificate.txt." in said


def test_a_folder_that_cannot_be_written_is_said_in_words(tmp_path, plan, monkeypatch):
    (tmp_path / "file").write_text("x")
    with pytest.raises(LabError, match="could not be written"):
        export.write(plan, tmp_path / "file")
    export.write(plan, tmp_path / "out")
    before = {path: path.read_bytes() for path in (tmp_path / "out").iterdir()}

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(LabError, match="No space left"):
        export.write(complete_plan().put(TopicCard(topic="Heat")), tmp_path / "out")
    assert {path: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before


def test_half_of_a_character_stops_one_file_and_no_other():
    plan = complete_plan()
    plan.topic_card.topic = "Heat \ud83c here"
    made = export.files(plan)
    assert "plan.json" not in made and "Heat here" in made["plan.wikitext"]
    for text in made.values():
        text.encode()


def test_nothing_in_the_exports_can_reach_a_network():
    for path in (ROOT / "organizer_lab" / "export").glob("*.py"):
        names: set[str] = set()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                names |= {each.name for each in node.names}
            elif isinstance(node, ast.ImportFrom):
                names.add(node.module)
        assert not names & {"urllib.request", "http.client", "socket", "subprocess"}
        other = {name.split(".")[0] for name in names} - {"organizer_lab", "ipywidgets"}
        assert other <= sys.stdlib_module_names, path.name


# -- button and command ----------------------------------------------------------------------------


def test_the_button_writes_the_files_and_lists_them(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(STATIC, raising=False)
    complete_plan().save()
    view = export.button().widget()
    control, answer = view.children
    assert answer.value == "" and not (tmp_path / "export").exists()
    control.click()
    assert "plan.wikitext: a page for Meta-Wiki" in answer.value
    assert (tmp_path / "export" / "budget.csv").exists()
    assert "certificate.txt: The automatic points are not given" in answer.value
    bundle = export.button()._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    (tmp_path / "plan.json").write_text("{")
    control.click()
    assert "damaged" in answer.value and "Traceback" not in answer.value


def test_the_button_says_learners_words_as_text(tmp_path):
    plan = complete_plan()
    plan.worklist.pages[0].title = "<img src=x>"
    view = export.button(plan, tmp_path).widget()
    view.children[0].click()
    assert "<img" not in view.children[1].value and "&lt;img" in view.children[1].value


def test_a_page_without_kernel_shows_a_list_and_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(STATIC, "1")
    bundle = export.button()._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    for name in export.FILES:
        # A button can never write the certificate: it does not know the points.
        promised = name != "certificate.txt"
        assert (f"<code>{name}</code>" in bundle["text/html"]) == promised
        assert (name in bundle["text/plain"]) == promised
    assert list(tmp_path.iterdir()) == []


def test_the_command(tmp_path, capsys):
    file = tmp_path / "mine.json"
    complete_plan().save(file)
    words = ["plan", "export", str(file)]
    assert cli.main(words) == 0
    assert (tmp_path / "export" / "rapid_fund.md").exists()
    assert "certificate.txt: The automatic points are not given" in capsys.readouterr().out
    assert cli.main([*words, "--to", str(tmp_path / "b"), "--points", "60", "--of", "72"]) == 0
    assert "certificate.txt: the text of the certificate" in capsys.readouterr().out
    assert cli.main([*words, "--name", "Amina", "--points", "60", "--of", "72"]) == 0
    assert "Amina" in (tmp_path / "export" / "certificate.txt").read_text("utf-8")
    assert cli.main([*words, "--points", "60"]) == 1
    assert "--of" in capsys.readouterr().err
    assert cli.main(["plan", "export", str(tmp_path / "none.json")]) == 1
