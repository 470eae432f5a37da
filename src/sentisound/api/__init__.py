"""The server: HTTP on one side, ``sentisound.service`` on the other; nothing here knows how a sound is analysed.

``app`` puts the parts together, each cross-cutting concern is one file, and ``routes`` are thin: take the request
apart, call the service, map the answer to a shape of ``schemas``.
"""
