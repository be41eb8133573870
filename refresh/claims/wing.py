"""The claims warehouse in the refresh: its sources, recipes and invented claims."""

from refresh.wing import Wing

CLAIMS = Wing(name="claims", sources=(), recipes=())
