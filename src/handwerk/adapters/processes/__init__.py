"""Heavy work in child processes, so that it takes no time from whoever answers people.

Threads would share the interpreter's lock with the server; a child has its own, is nice to others,
can be killed at any moment, even inside C code, and takes nobody with it when it dies.
"""

from handwerk.adapters.processes.children import ChildLost, Children

__all__ = ["ChildLost", "Children"]
