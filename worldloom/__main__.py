"""`python -m worldloom` is `loom`."""

from worldloom.server.cli.main import main

raise SystemExit(main())
