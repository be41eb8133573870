"""What a number means: contracts, the lake, metrics and questions. Lazy, and never writing.

>>> from engine import Question
>>> Question(indicator="COPD010", year="2021-22", level="icb").measure
'net'
"""

from engine.atlas.ask import Question, answer, marked, numbers, summary
from engine.errors import LakeError
from engine.lake import Lake, current_id, open_lake
from engine.measure import measure

__all__ = [
    "Lake",
    "LakeError",
    "Question",
    "answer",
    "current_id",
    "marked",
    "measure",
    "numbers",
    "open_lake",
    "summary",
]
