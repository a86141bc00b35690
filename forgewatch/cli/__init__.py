"""Command line: one table of commands, one module per noun, every print in `screen`."""
