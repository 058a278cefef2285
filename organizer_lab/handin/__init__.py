"""Handing in: what is wrong with a notebook, a mended copy of it, and a package to send.

Learners use it without nbgrader, and facilitators use the very same code, so that both see the same
findings. It needs the standard library alone.
"""
