"""Which Whoosh there is: apart from `store`, since all of Whoosh takes longer to import than seeing that nothing changed."""

import whoosh

VERSION = ".".join(map(str, whoosh.__version__))
