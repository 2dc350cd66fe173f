"""The command line: click, and nothing else. What is computed is computed elsewhere."""
