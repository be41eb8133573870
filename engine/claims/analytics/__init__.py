"""Analyses of claims: what is odd, who is at risk, why a trend turned, whom to recommend.

Pure functions of lazy frames as the lake has them (engine/claims/tables); each says the columns it
gives and their units. Money is whole cents unless a name says otherwise.
"""
