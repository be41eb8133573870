"""Operations: how loads went, whether sources are fresh, what the lake weighs, how schemas move.

Questions over the ledger, which every page, alert and report asks alike. Each takes `now`, in UTC
without saying so, as the ledger keeps it: nothing here reads a clock.
"""
