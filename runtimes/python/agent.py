"""What runs in a generic Python sandbox until it is told which function it is: boots over the channel on fd 3, then serves one function."""

import sys

# The agent's own modules lie beside this file; functions must not find them by their names, nor this folder.
_here = sys.path[0]
from mayfly_agent import serve  # noqa: E402

sys.path.remove(_here)
if __name__ == "__main__":
    # As under Lambda's runtime, `__main__` is nothing that a handler could import from.
    serve.main()
