"""What a world is: entities, components, events, the log, the fold and history; pure Python."""
