"""Pure functions from a note's text to its records: which lines are talks, and who, how good and with what.

`note.read_note` is the way in; nothing is imported here, so that what asks an index loads only the names it knows.
"""

# Part of what an index is built with: another number makes it outdated, and the notes are read again.
RULES = 4
