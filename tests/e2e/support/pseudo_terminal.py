"""A program with a terminal of its own, at which somebody answers one question."""

import os
import pty

from support.poll import PATIENCE, until


def answered(arguments, environment, question, answer):
    """What the program printed and its exit status. The question must have been asked as it stands."""
    reading, writing = os.pipe()
    pid, terminal = pty.fork()
    if pid == 0:
        os.dup2(writing, 1)
        os.execve(str(arguments[0]), [str(word) for word in arguments], environment)
    os.close(writing)
    asked = os.read(terminal, 4096).decode()
    while len(asked) < len(question):
        asked += os.read(terminal, 4096).decode()
    assert asked == question
    os.write(terminal, f"{answer}\n".encode())
    with os.fdopen(reading) as output:
        printed = output.read()
    ended = []
    until(lambda: ended or ended.extend(part for part in [os.waitpid(pid, os.WNOHANG)] if part[0]), "it ends",
          PATIENCE)
    os.close(terminal)
    return printed, os.waitstatus_to_exitcode(ended[0][1])
