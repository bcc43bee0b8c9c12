"""The machine around the interface: threads, clipboard, desktop."""
