"""Kernels as a few lines of Python that run with a library and without filterkit."""
