"""Organizer Lab: tables, charts, explorers, checks and the campaign plan of the course."""

from __future__ import annotations

from typing import Any

_HAND_IN = {"doctor": "doctor", "pack": "pack", "pack_button": "button"}


def __getattr__(name: str) -> Any:
    """Give ``doctor``, ``pack`` and ``pack_button``, which load only where they are used."""
    if name not in _HAND_IN:
        raise AttributeError(f"module 'organizer_lab' has no attribute '{name}'")
    from organizer_lab.handin import doctor, pack

    return getattr(doctor if name == "doctor" else pack, _HAND_IN[name])
