"""The claims warehouse: the tables and metrics it adds."""

from engine.wing import Wing

CLAIMS = Wing(name="claims", tables=(), parts=(), metrics=())
