"""Lambda's error documents for Python: {errorMessage, errorType, requestId, stackTrace}, and the faults that the runtime itself raises.
https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html"""

import os

from . import primordials as p
from .marshal import to_json

AGENT_FOLDER = os.path.dirname(__file__)
# Lambda marks what belongs to one message with carriage returns and no-break spaces; the platform keeps a line with NUL together instead.
IDENT = "\u00a0"


class Fault(Exception):
    """An error of the runtime; callers see `kind` as errorType."""

    def __init__(self, kind, message, trace=()):
        super().__init__(message)
        self.kind = f"Runtime.{kind}"
        self.trace = list(trace)


def describe(error, request_id):
    """Never raises, whatever was raised: `__str__` of a user's exception may do anything."""
    if isinstance(error, Fault):
        return _document(str(error), error.kind, error.trace, request_id)
    try:
        message = str(error)
    except BaseException:
        message = "The exception has no message that could be read."
    return _document(message, type(error).__name__, _stack(error), request_id)


def _document(message, error_type, trace, request_id):
    return {"errorMessage": message, "errorType": error_type, "requestId": request_id or "", "stackTrace": trace}


def _stack(error):
    """From the first frame that is not the agent's or the import system's."""
    frames = list(p.extract_traceback(error.__traceback__))
    for index, frame in enumerate(frames):
        if not frame.filename.startswith((AGENT_FOLDER, "<frozen importlib")) and not frame.filename.endswith("/importlib/__init__.py"):
            return p.format_list(frames[index:])
    return []


def payload(document):
    return to_json(document).encode("utf-8", "surrogatepass")


def log_lines(document):
    """As Lambda's runtime prints it."""
    lines = [f"[ERROR] {document['errorType']}: {document['errorMessage']}", "Traceback (most recent call last):"]
    for element in document["stackTrace"]:
        for line in element.splitlines():
            stripped = line.lstrip(" ")
            lines.append(IDENT * (len(line) - len(stripped)) + stripped)
    return "\n".join(lines)
