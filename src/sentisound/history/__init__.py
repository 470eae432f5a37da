"""The history: what was analysed, in SQLite or PostgreSQL; never the sound, and nothing at all where it is off.

``entry`` says what is kept and asked for, ``store`` keeps it, ``keeper`` lets a server live without it for a while,
``exchange`` speaks the original systems' CSV. Tables are made and changed by ``migrations`` only.
"""
