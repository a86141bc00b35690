"""Use cases. They know ports, never adapters; they may log."""
