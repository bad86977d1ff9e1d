"""What the end-to-end tests share: a server of their own, and the real clients that talk to it."""
