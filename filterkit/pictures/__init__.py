"""Bytes to pixels and back: files, formats, and what a file knows besides its pixels.

files     a path's bytes, and bytes to a path, whole or not at all
codecs    bytes to a Picture and back, by the table of `formats`
metadata  what still holds for a result
"""
