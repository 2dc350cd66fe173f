"""What can be done to an image: each step is a value that says what it does, not how.

A step knows its settings, the shape of its result, which rows it needs, and how its result
is best shown; the engine computes it.
"""
