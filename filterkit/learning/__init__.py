"""Kernels from examples: what turns one picture into another is computed here."""
