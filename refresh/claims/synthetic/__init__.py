"""Invented claims: a marketplace payer's members, plans, providers, cover and claims."""
