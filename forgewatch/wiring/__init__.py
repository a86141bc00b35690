"""Settings to live objects: the only place where adapters meet use cases."""
