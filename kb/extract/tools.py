from kb.records import Mention
def mentions(outline, line, end_line, names=()) -> tuple[Mention, ...]:
    return ()
