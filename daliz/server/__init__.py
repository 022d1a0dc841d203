"""The HTTP door: one process serves the API and the page, on this machine only until accounts exist."""
