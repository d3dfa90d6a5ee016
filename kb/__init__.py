"""kb reads conference notes as they are and answers questions about them.

The data's way, in the order of the modules:

    notes      finds the Markdown files and reads each one safely
    outline    splits a note into headings, blocks, code and links, each with its lines
    extract    reads talks, speakers, ratings and tool mentions out of the outline
    records    is what comes out: frozen records that know their path and line
    catalogue  tells which people and tools are the same over all notes, and names them
    index      keeps the records in Whoosh, a generation at a time, and searches snapshots of it
    query      turns words, in English or in the field language, into a tree that prints itself
    answers    is the JSON that every client gets
    service    is the one KnowledgeBase that rest and cli are handed
"""

__version__ = "0.1.0"
