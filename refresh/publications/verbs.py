"""The verbs of publications on the command line, one line each; what a verb does lies elsewhere."""

from refresh.wing import Verb

VERBS: tuple[Verb, ...] = ()
