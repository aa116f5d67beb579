"""Lambda's error documents for Python: {errorMessage, errorType, requestId, stackTrace}, and the faults that the runtime itself raises.
https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html"""

import os

from . import primordials as p
from .marshal import to_json

AGENT_FOLDER = os.path.dirname(__file__)
# Lambda marks what belongs to one message with carriage returns and no-break spaces; the platform keeps a line with NUL together instead.
IDENT = "\u00a0"

# What the platform takes; it ends a sandbox that sends more. The short form fits in any case: JSON makes six bytes of some characters.
DOCUMENT_BYTES_MAX = 256 * 1024
SHORT_TYPE = 1000
SHORT_MESSAGE = 32_000
SHORT_TRACE_LINES = 20
SHORT_TRACE_LINE = 200


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
    encoded = to_json(document).encode("utf-8", "surrogatepass")
    if len(encoded) <= DOCUMENT_BYTES_MAX:
        return encoded
    trace = [_cut(line, SHORT_TRACE_LINE) for line in document["stackTrace"][-SHORT_TRACE_LINES:]]
    short = _document(
        _cut(document["errorMessage"], SHORT_MESSAGE), _cut(document["errorType"], SHORT_TYPE), trace, document["requestId"]
    )
    return to_json(short).encode("utf-8", "surrogatepass")


def _cut(text, most):
    return text if len(text) <= most else text[:most] + "…"


def log_lines(document):
    """As Lambda's runtime prints it."""
    lines = [f"[ERROR] {document['errorType']}: {document['errorMessage']}", "Traceback (most recent call last):"]
    for element in document["stackTrace"]:
        for line in element.splitlines():
            stripped = line.lstrip(" ")
            lines.append(IDENT * (len(line) - len(stripped)) + stripped)
    return "\n".join(lines)
