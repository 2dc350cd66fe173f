"""Hostile bytes, made from good ones: nothing but our own errors may come of them.

mutating   bytes become worse, and checksums right again
seeds      small good pictures of every format, filter files, expressions
grammar    random expressions
targets    what is tried with the bytes, and what must hold afterwards
running    many inputs in child processes that may crash, hang or grow
child      such a child
"""
