"""The claims warehouse in the refresh: its sources, recipes and invented claims."""

from refresh.claims.recipe import RECIPES
from refresh.claims.sources import FEEDS
from refresh.wing import Wing

CLAIMS = Wing(
    name="claims",
    sources=FEEDS,
    recipes=RECIPES,
    needs=frozenset({"claims_raw", "enrollments_raw"}),
)
