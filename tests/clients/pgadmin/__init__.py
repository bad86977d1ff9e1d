"""A real pgAdmin 4 in server mode, and a real browser that walks through it."""
