"""A facilitator's working folder: its dates, a check before each week, pairs, and messages.

``cohort.toml`` in the folder is the only place where the dates of a cohort stand. The gradebook,
the calendar and every message are made from it (`settings`, `folder`, `ready`, `pairs`,
`messages`). The folder is also an nbgrader course directory, so every other command works in it.
"""
