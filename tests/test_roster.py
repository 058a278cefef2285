"""The roster: user names as MediaWiki knows them, ids that can be read back, and good errors."""

from __future__ import annotations

import os
import string

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from organizer_lab.errors import LabError
from organizer_lab.grading import roster
from organizer_lab.grading.roster import learner_id, name_problem, normalise, username

SAFE = set(string.ascii_lowercase + string.digits + "-_")
# Every name that MediaWiki could take: letters of all scripts, spaces, quotes, signs.
NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Co", "Zl", "Zp"]), min_size=1
).filter(lambda text: name_problem(text) is None)
# Names that differ little: where an escape could be mixed up with what it stands for.
TRICKY = st.text(st.sampled_from("aAbBfF012 -_.'é日\U0001f600ß"), min_size=1, max_size=12).filter(
    lambda text: name_problem(text) is None
)


@given(NAMES | TRICKY)
@example("Con")
@example("Ö Alice")
@example("-rf /")
@example("+*?!~$;'\"\\,&")
@example("日" * 85)
@example("ა")
@example("Foo-1a394dbf2b5b8371e749595058")
@example("ǰ")
def test_ids_are_safe_and_lead_back(name):
    made = learner_id(name)
    assert set(made) <= SAFE
    assert not made.startswith("-") and not made.endswith("-")
    assert 0 < len(made) <= roster.LONGEST_ID
    assert made.split(".")[0] not in {"con", "nul", "aux", "prn", "com1", "lpt9"}
    assert username(made, [name]) == normalise(name)


@settings(max_examples=400)
@given(TRICKY | NAMES, TRICKY | NAMES)
@example("AliceB", "Aliceb")
@example("A-b", "A b")
@example("Ab", "A_b")
@example("a" * 200, "a" * 201)
def test_two_people_never_share_an_id_whatever_the_file_system(one, two):
    same = normalise(one) == normalise(two)
    assert (learner_id(one).casefold() == learner_id(two).casefold()) == same


@given(st.text(st.sampled_from(sorted(SAFE)), min_size=1, max_size=30))
def test_an_id_that_reads_as_a_name_is_the_only_one_of_that_name(text):
    try:
        name = username(text)
    except LabError:
        assume(False)
    assert learner_id(name) == text


@given(st.text())
def test_normal_form_is_stable(text):
    assert normalise(normalise(text)) == normalise(text)


def test_a_short_id_needs_no_roster_and_a_cut_one_does():
    assert username("ada-_lovelace") == "Ada Lovelace"
    long = "Ein sehr langer Name " * 10
    with pytest.raises(LabError, match="was cut"):
        username(learner_id(long))
    people = roster.Roster([roster.Learner(normalise(long))])
    assert people.username(learner_id(long)) == normalise(long)


@pytest.mark.parametrize(
    "text", ["Ada", "ada lovelace", "../x", "_0", "_1", "a_0zzzzzzzzzz", "_ff"]
)
def test_other_texts_are_no_ids(text):
    with pytest.raises(LabError):
        username(text)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("ada lovelace", "Ada lovelace"),
        ("User:Ada_Lovelace", "Ada Lovelace"),
        ("  __Ada   Lovelace_ ", "Ada Lovelace"),
        ("\u200eAda\u200f", "Ada"),
        ("e\u0301mile", "Émile"),
        ("ßeta", "ßeta"),
        ("ანა", "ანა"),
        ("ñandú", "Ñandú"),
    ],
)
def test_spellings_of_one_name(written, meant):
    assert normalise(written) == meant
    assert learner_id(written) == learner_id(meant)


@pytest.mark.parametrize(
    ("name", "phrase"),
    [
        ("", "empty"),
        (" _ ", "empty"),
        ("Ada#", "'#'"),
        ("A[da]", "'['"),
        ("A|b", "'|'"),
        ("A\x00b", "U+0000"),
        ("A\u00a0b", "U+00A0"),
        ("A\ud800b", "half of a character"),
        ("é" * 128, "256 bytes"),
        ("ada@example.org", "e-mail"),
        ("192.0.2.7", "address of a computer"),
        ("192.0.2.xxx", "address of a computer"),
        ("2001:db8::1", "address of a computer"),
        ("..", "cannot be"),
        ("../x", "cannot be"),
        ("A%20b", "codes"),
        ("A&amp;b", "codes"),
        ("A~~~", "tildes"),
    ],
)
def test_what_cannot_be_a_user_name(name, phrase):
    assert phrase in name_problem(name)
    with pytest.raises(LabError, match="no user name"):
        learner_id(name)


# -- the file --------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path):
    def write(content: str | bytes):
        path = tmp_path / "roster.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def problem(path) -> str:
    with pytest.raises(LabError) as caught:
        roster.read(path)
    return str(caught.value)


def test_a_whole_roster(file):
    people = roster.read(
        file(
            'username,group,paws_path\nada_Lovelace,"North, West",\n\n'
            "\"Ngũgĩ 'X'\",,my/week-N/week-N.ipynb\n"
        )
    )
    ada, ngugi = people
    assert (ada.username, ada.group, ada.id) == ("Ada Lovelace", "North, West", "ada-_lovelace")
    assert ada.path("week-3") == "organizer-lab-learners/exercises/week-3/week-3.ipynb"
    assert ngugi.path("week-3") == "my/week-3/week-3.ipynb"
    assert people.find("ada Lovelace") is ada is people.find("ada-_lovelace")
    assert people.find("Nobody") is None and len(people) == 2
    assert people.username(ngugi.id) == "Ngũgĩ 'X'"


@pytest.mark.parametrize(
    "content",
    [
        "\ufeffUsername;Group\r\nAda;North\r\n",
        "username\tgroup\nAda\tNorth\n",
        "username,group,,\nAda,North,,\n",
        "\n\nusername , group\nAda, North ",
        "username,group\nAda,North\n".encode("utf-16"),
    ],
)
def test_what_spreadsheets_write(file, content):
    (ada,) = roster.read(file(content))
    assert (ada.username, ada.group) == ("Ada", "North")


def test_every_problem_is_told_with_its_line(file):
    told = problem(
        file(
            "username,group,paws_path\nAda,,\nada,,\nA#b,,\n,North,\n"
            'Bo,,/etc/passwd.ipynb\nCy,,a/.private/week-1.ipynb\nDe,,../x.ipynb\nEl,,week-1.txt\n"Ef\nGe",,\n'
            f"Ha,,,more\nIo,io@example.org,\n{'é' * 200},,\n"
        )
    )
    for phrase in (
        "11 problems",
        "line 3: 'Ada' stands already in line 2",
        "line 4: A user name cannot hold '#'",
        "line 5: The user name is empty",
        "line 6: paws_path must be like",
        "line 7: paws_path cannot lead through a name with a dot",
        "line 8: paws_path cannot lead through a name with a dot",
        "line 9: paws_path must lead to a notebook",
        "line 10: A user name cannot hold the unseen character U+000A",
        "line 12: more values than columns",
        "line 13: the group looks like an e-mail address",
        "line 14: The user name has 400 bytes",
    ):
        assert phrase in told, phrase


@pytest.mark.parametrize(
    ("content", "phrase"),
    [
        ("", "is empty"),
        ("username\n", "names nobody"),
        ("user,group\nAda,\n", "line 1: there is no column 'user'. Did you mean username?"),
        ("group\nNorth\n", "must name the column 'username'"),
        ("username,E-Mail\nAda,a@example.org\n", "take the column 'e-mail' out"),
        ("username,First name\nAda,Ada\n", "no real names"),
        ("username,username\nAda,Ada\n", "stands twice"),
        ('username\n"Ada\n', "quotation mark is not closed"),
        ("username\nJosé\n".encode("latin-1"), "CSV UTF-8"),
        ("username\n" + "".join(f"A#{n}\n" for n in range(50)), "- and 30 more"),
    ],
)
def test_what_is_no_roster(file, content, phrase):
    assert phrase in problem(file(content))


def test_a_roster_that_cannot_be_read(tmp_path):
    assert "cannot be read" in problem(tmp_path / "nowhere.csv")
    assert "cannot be read" in problem(tmp_path)


def test_ids_are_good_names_for_folders(tmp_path, file):
    names = ["Foo/bar", "../../etc", "A*?b", "日本 太郎", "-rf", "~root", "a+b", "nul"]
    for name in names:
        if name_problem(name) is None:
            os.mkdir(tmp_path / learner_id(name))
    made = sorted(os.listdir(tmp_path))
    assert made == sorted(learner_id(name) for name in names if name_problem(name) is None)
    assert len(made) == 7
