"""Adding a publication: from an address or a file to a registered, loaded, charted table."""
