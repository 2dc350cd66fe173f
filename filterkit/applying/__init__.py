"""Filters meet pictures: an array, or one file that becomes another."""
