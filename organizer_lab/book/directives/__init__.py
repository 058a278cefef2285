"""What a page asks for by name: directives and roles, written from the course file and the tables.

- data cards, and figures from tables: ``data-cards``, ``data-list``, ``data-card``, ``value``
  (`tables`)
- the weeks in one table, syllabus, campaign plan: ``course-overview``, ``syllabus``, ``plan-parts``
  (`weeks`)
- where the course works on a stage: ``stage-map``, ``stage-course`` (`stages`) and
  ``coverage-matrix`` (`coverage`)
- ``checklist`` (`checklists`) and ``rubrics`` (`rubrics`)
- ``grading-scale``: what grading costs, as it was measured (`scale`)
- ``worked-plan``: the plan of the solutions (`worked`), with the files to which each field of a
  plan goes (`traces`)
- ``week-aims``: what a live session is for (`sessions`)
- ``edition``, ``notebook-downloads``: what readers can take home (`downloads`)

Most are made of `written`: they write Markdown, and have it read as if it stood in the page.
"""
