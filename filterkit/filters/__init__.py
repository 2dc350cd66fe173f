"""What a user names: expressions, the catalogue, families of kernels, filter files."""
