"""The checks, one module each, pure and independent of each other. Which of them an audit runs is the table in `wiring.checks`."""
