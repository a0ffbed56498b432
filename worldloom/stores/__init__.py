"""Where logs live: an SQLite file (the default) or plain memory, behind one port, `Store`."""
