"""forgewatch audits every finished builder cycle against the facts and keeps a record nobody can quietly change."""

__version__ = "0.1.0"
