"""The facilitator's side: release exercises, and mark answers apart from the learner's code.

Nothing that a learner runs imports this package, and the learner edition does not hold it.
"""

from __future__ import annotations

from pathlib import Path

# The nbgrader course directory of this checkout.
COURSE = Path(__file__).resolve().parents[2] / "exercises"
