"""Alerts: the inbox, what is known of each, and what people say to it."""
