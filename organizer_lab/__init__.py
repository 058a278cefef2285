"""Organizer Lab: tables, charts, explorers, checks and the campaign plan of the course."""

from __future__ import annotations

from importlib import import_module
from typing import Any

# What a cell calls as lab.NAME(): the module, and what it is called there.
_CALLED = {
    "doctor": ("organizer_lab.handin.doctor", "doctor"),
    "pack": ("organizer_lab.handin.pack", "pack"),
    "pack_button": ("organizer_lab.handin.pack", "button"),
    "quiz": ("organizer_lab.quizzes", "quiz"),
}


def __getattr__(name: str) -> Any:
    """Give what cells call by its short name; each loads only where it is used."""
    if name not in _CALLED:
        raise AttributeError(f"module 'organizer_lab' has no attribute '{name}'")
    module, there = _CALLED[name]
    return getattr(import_module(module), there)
