"""The table of checks. A literal: the audited party cannot add, shadow or remove an auditor (architecture.md, Core types)."""
