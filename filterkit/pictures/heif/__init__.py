"""HEIF, the house of AVIF and HEIC: what a file says of its pictures before they are decoded.

items   what a file holds: pictures, their properties, metadata
header  the main picture: its size, how it is shown, its metadata
tracks  an animation: its size, frames and timing
"""
