"""One outside thing per module. Adapters translate foreign errors into ours and decide nothing."""
