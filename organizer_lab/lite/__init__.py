"""The course inside a browser: JupyterLite with every lesson and released exercise.

No server runs anything: Python itself comes to the reader's browser (Pyodide), from the same place
as the pages. `parts` gathers what that needs, `lock` makes the list from which the browser's Python
installs, `site` builds, and `start_page` says what it costs before anything is loaded.
"""
