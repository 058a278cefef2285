"""The drawings that show the course keep in step with it."""

from pathlib import Path
from xml.etree import ElementTree

from organizer_lab import course

SVG = "{http://www.w3.org/2000/svg}"
DRAWING = Path(__file__).resolve().parents[1] / "book" / "how-a-plan-grows.svg"


def test_the_plan_grows_by_the_artefacts_of_the_course() -> None:
    drawing = ElementTree.parse(DRAWING).getroot()
    shown = ["".join(text.itertext()) for text in drawing.iter(f"{SVG}text")]
    expected = [
        part for week in course.load().weeks for part in (str(week.number), week.artefact.name)
    ]
    assert shown[2 : 2 + len(expected)] == expected
    spoken = drawing.find(f"{SVG}desc")
    assert spoken is not None and spoken.text is not None
    assert all(week.artefact.name.lower() in spoken.text for week in course.load().weeks)
