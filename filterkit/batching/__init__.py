"""Many pictures on every core: found, planned, run, and remembered."""
