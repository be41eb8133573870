"""The verbs of publications on the command line, one line each; what a verb does lies elsewhere."""

from refresh.publications import draft_verbs as drafting
from refresh.wing import Verb

VERBS: tuple[Verb, ...] = (
    Verb("manifest", "draft and check manifests", drafting.manifest, drafting.manifest_options),
)
