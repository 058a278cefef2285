"""The two messy sources of week 6: a list as PetScan writes it, and the notes of a workshop.

All titles are real: they are the English ones of ``climate_articles_views``. Where they stand, how
they are spelled, and how often, is made up for teaching. What the table does not know of a page
(its number, length, last edit and item) is not made up either: it is 0 or empty.
"""

from __future__ import annotations

import csv
import io
import random
from urllib.parse import quote

from organizer_lab import data

SEED = 6
LIST = "prepared_petscan_list.csv"
NOTES = "prepared_workshop_notes.csv"

# Named by the workshop only: one source alone is never enough.
_ONLY_IN_NOTES = (
    "Climate action",
    "Climate psychology",
    "Dry Corridor",
    "Natural disasters in Nigeria",
    "Oslo Principles",
    "Pan African Climate Justice Alliance",
    "Transition town",
    "2022 in climate change",
)
# Written a second time in another spelling, as in lists that were pasted together.
_DOUBLED = {
    "Climate change": ("small", "spaces", "fragment"),
    "Climate crisis": ("spaces", "small"),
    "Climate engineering": ("fragment",),
    "Climate security": ("spaces",),
    "Deforestation and climate change": ("small", "gap"),
    "General circulation model": ("small",),
    "Global dimming": ("gap",),
    "Kaya identity": ("spaces",),
    "Malé Declaration on the Human Dimension of Global Climate Change": ("codes",),
    "Ocean heat content": ("fragment", "small"),
    "Polar amplification": ("same",),
    "Ukpor": ("same",),
    "2012 Sahel drought": ("gap",),
    "2021 in climate change": ("spaces",),
}
# Written once, but not in the canonical form.
_MISSPELLED = {
    "Abrupt climate change": "small",
    "Climate spiral": "fragment",
    "Ecology: Can We Survive Under Capitalism?": "codes",
    "Global change": "spaces",
    "Ice Age Centre": "gap",
    "The Environmental Conservation Trust of Uganda (ECOTRUST)": "codes",
}
_TALK = (
    "Climate change",
    "Climate change litigation",
    "Climate engineering",
    "Climate inertia",
    "Flight shame",
    "Global cooling",
    "Global warming hiatus",
)

_SAID = (
    "[[Dry Corridor]]",
    "natural disasters in Nigeria",
    "Natural_disasters_in_Nigeria",
    "* Pan African Climate Justice Alliance",
    "https://en.wikipedia.org/wiki/Climate_security",
    "https://en.wikipedia.org/wiki/2012_Sahel_drought#Aftermath",
    "climate psychology",
    "Climate change and cities",
    "Talk:Climate change and cities",
    "Category:Climate change",
    "transition town",
    "[[Oslo Principles|the principles of Oslo]]",
    "Climate action",
    "Climate  action",
    "deforestation_and_climate_change",
    "2022 in climate change",
    "2021_in_climate_change",
    "Portal:Climate change",
)


def make() -> dict[str, bytes]:
    """Make both files.

    Returns
    -------
    dict
        The content by file name.
    """
    chance = random.Random(SEED)
    views = data.load("climate_articles_views")
    titles = list(views.loc[views["language_code"] == "en", "title"])
    pages = [
        (_spelled(title, _MISSPELLED.get(title, "same")), "")
        for title in titles
        if title not in _ONLY_IN_NOTES and not title.startswith("Portal:")
    ]
    pages += [(_spelled(title, way), "") for title, ways in _DOUBLED.items() for way in ways]
    pages += [(_spelled(title, "same"), "Talk") for title in _TALK]
    pages += [("Climate_change", "Portal"), ("Climate_change", "Category")]
    chance.shuffle(pages)
    rows = [
        (position, title, 0, namespace, 0, "", "")
        for position, (title, namespace) in enumerate(pages, 1)
    ]
    header = ("number", "title", "pageid", "namespace", "length", "touched", "Wikidata")
    lines = [("number", "line"), *enumerate(_SAID, 1)]
    return {LIST: _text([header, *rows]), NOTES: _text(lines)}


def _spelled(title: str, way: str) -> str:
    """Write a title as people and tools do."""
    underscored = title.replace(" ", "_")
    return {
        "same": underscored,
        "spaces": title,
        "small": underscored[0].lower() + underscored[1:],
        "fragment": f"{underscored}#See_also",
        "gap": f"{underscored.replace('_', '__', 1)}_",
        "codes": quote(underscored, safe=""),
    }[way]


def _text(rows: list) -> bytes:
    """Write rows as PetScan does: each value in quotation marks."""
    file = io.StringIO()
    csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    return file.getvalue().encode()
