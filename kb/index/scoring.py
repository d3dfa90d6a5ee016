"""BM25F, exactness and nearness: how well a talk answers words, over weighted fields.

Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), section 3.6: the frequencies of
a term are added up over the fields, each weighted and normalised by its field's length, before they saturate.
Terms are stems there. A word that stands in the talk just as it was asked for adds a share of its inverse document
frequency, more of it in a title or name, and so do two words side by side in the title, as the rarer of them.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

K1 = 1.2
# Titles, names and tools are short, and long ones are not padded: their length says less than a text's.
B = {"title": 0.7, "speaker": 0.2, "affiliation": 0.2, "tool": 0.3, "event": 0.2, "path": 0.2, "text": 0.75}
# The lengths that fields are compared with, in words: about those of real talks. They are fixed, where BM25 takes the
# average, so that a talk's share is known when it is written, and changes with no other talk.
PIVOT = {"title": 8, "speaker": 3, "affiliation": 2, "tool": 3, "event": 3, "path": 4, "text": 120}
AS_SPELT, AS_SPELT_IN_TITLE, SIDE_BY_SIDE = 0.8, 0.4, 0.4
# What a word that is one or two edits from the asked one counts for.
NEARLY = {1: 0.8, 2: 0.5}
# Scores are equal when they are so to this many digits, so that ties are broken alike everywhere.
DIGITS = 6

Floats = NDArray[np.float64]
Numbers = NDArray[np.float64] | NDArray[np.int32]


def idf(having: int, of: int) -> float:
    """Returns the inverse document frequency of a term, never below zero (Lucene's form)."""
    return math.log(1 + (of - having + 0.5) / (having + 0.5))


def normalised(frequency: Numbers, length: Numbers, field: str, weight: float) -> Floats:
    """Returns a field's share of a term's frequency, weighted and normalised by the field's length."""
    b = B[field]
    share: Floats = weight * frequency / (1 - b + b * length / PIVOT[field])
    return share


def saturated(frequency: Floats, having: int, of: int) -> Floats:
    """Returns the scores that weighted frequencies come to."""
    scores: Floats = frequency * (idf(having, of) * (K1 + 1))
    scores /= frequency + K1
    return scores
