"""Publications under management in the refresh: the verbs that draft, load and retire them."""

from refresh.publications.registered import registered
from refresh.publications.verbs import VERBS
from refresh.wing import Wing

PUBLICATIONS = Wing(name="publications", sources=(), recipes=(), verbs=VERBS, registered=registered)
