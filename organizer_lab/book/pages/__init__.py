"""What every page gets, without a word in its source.

- the header of a lesson or exercise (`headers`), and buttons that open it where it can be worked on
  (`routes`)
- links the other way, from data cards and terms to the pages that use them (`network`)
- the search (`search`)
- what makes a page easy to find, share and cite (`sharing`): its picture (`cards`), the day of its
  last change (`changes`), its citation (`citation`)
- what the theme owes to people who listen, use a keyboard or enlarge the page (`accessible`)
- small repairs: scripts that are not wanted, style (`repairs`)
"""
