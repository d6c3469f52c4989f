"""One reader a format: the bytes of a file in, a ``Content`` out. ``index.documents`` is their door."""
