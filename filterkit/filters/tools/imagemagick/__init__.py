"""Kernels as ImageMagick writes them."""
