"""What agents ask: tools over the lake, by the Model Context Protocol. `python -m app.agent`."""
