"""Organizer Lab: tables, charts, explorers, checks and the campaign plan of the course."""
