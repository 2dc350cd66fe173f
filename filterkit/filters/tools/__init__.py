"""Kernels of other tools, in and out: what each of them writes down, and what it means by it."""
