"""How long an author waits for the book."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator

from benchmarks.workshop import Failed, Row, Workshop, in_turn


def measure(shop: Workshop) -> Iterator[Row]:
    """Build from nothing, then again with nothing, one text and one notebook changed, in turn."""
    lessons = sorted((shop.root / "weeks").glob("*.ipynb"))
    chapters = sorted((shop.root / "book").rglob("*.md"))
    if not lessons or not chapters:
        raise Failed("there is no lesson or no chapter to change")
    shutil.rmtree(shop.root / "_build", ignore_errors=True)
    clean = [shop.command("book")]
    rounds = iter(range(10**6))

    def unchanged() -> float:
        return shop.command("book")

    def one_text() -> float:
        with chapters[0].open("a", encoding="utf-8") as file:
            file.write(f"\nOne more sentence, number {next(rounds)}.\n")
        return shop.command("book")

    def one_notebook() -> float:
        notebook = json.loads(lessons[0].read_text(encoding="utf-8"))
        cell = next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")
        # The results are kept by the code of the cells, so a comment makes all cells run again.
        cell["source"] = "".join(cell["source"]) + f"\n# Round {next(rounds)}."
        lessons[0].write_text(json.dumps(notebook), encoding="utf-8")
        return shop.command("book")

    same, text, changed = in_turn(shop.repeats, unchanged, one_text, one_notebook)
    yield Row("Book", "clean build, every notebook executed", "s", clean)
    yield Row("Book", "nothing changed", "s", same)
    yield Row("Book", f"one chapter changed ({chapters[0].name})", "s", text)
    yield Row("Book", f"one notebook changed ({lessons[0].name})", "s", changed)
