"""Where logs live: an SQLite file (the default) and plain memory, both behind `kernel.ports.Store`."""
