"""What runs in a generic Python sandbox until it is told which function it is: boots over the channel on fd 3, then serves one function."""

import os
import sys

# The agent's own modules lie beside this file; functions must not find them by their names, nor this folder.
_here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, _here)
from mayfly_agent import serve  # noqa: E402

sys.path[:] = [entry for entry in sys.path if entry != _here]
if __name__ == "__main__":
    serve.main()
