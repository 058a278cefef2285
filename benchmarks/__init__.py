"""Measure what people wait for: set-up, building the book, grading, loading a page.

Run all with ``make bench``, or some with ``python -m benchmarks --only pages``. Everything happens
in a copy of the checkout in a temporary folder; only the results come back, as a table in
``_build/benchmarks.md`` and as ``_build/benchmarks.json``.
"""
