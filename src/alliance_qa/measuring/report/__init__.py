"""An evaluation to read: on a terminal, as JSON, and as a page that needs nothing but itself."""
