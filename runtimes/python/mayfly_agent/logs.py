"""What a function prints and logs, as Lambda's runtime for Python writes it. One log record is one event, also when it has several lines: the
newlines inside travel as NUL, and the platform puts them back.
https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html"""

import io
import json
import logging
import sys
import traceback

from . import primordials as p

STDOUT = 1
STDERR = 2


class State:
    """Who is being served; read by every record."""

    request_id = None
    tenant_id = None


def write_event(text):
    """The whole event or nothing of it: a platform that reads slowly slows the function down."""
    view = memoryview((text.rstrip("\n").replace("\n", "\0") + "\n").encode("utf-8", "surrogateescape"))
    while view:
        try:
            view = view[p.write(STDOUT, view) :]
        except BrokenPipeError:
            return  # The platform reads no more; this process is about to be killed.


class Unbuffered(io.TextIOWrapper):
    """What is printed is in the pipe when the call returns, also where the function replaces nothing and exits hard."""

    def write(self, text):
        written = super().write(text)
        self.flush()
        return written


def open_streams():
    for name, fd in (("stdout", STDOUT), ("stderr", STDERR)):
        raw = io.FileIO(fd, "wb", closefd=False)
        stream = Unbuffered(io.BufferedWriter(raw), encoding="utf-8", errors="surrogateescape", write_through=False)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def wire_logging(environment):
    """Puts Lambda's handler on the root logger. Returns how the runtime itself logs a failure's document."""
    as_json = environment.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"
    level = {"": "", "TRACE": "DEBUG"}.get(environment.get("AWS_LAMBDA_LOG_LEVEL", ""), environment.get("AWS_LAMBDA_LOG_LEVEL", "")).upper()
    logging.Formatter.converter = p.gmtime
    handler = Handler()
    handler.setFormatter(JsonFormatter() if as_json else logging.Formatter(TEXT_FORMAT, "%Y-%m-%dT%H:%M:%S"))
    handler.addFilter(_mark)
    root = logging.getLogger()
    root.addHandler(handler)
    if isinstance(logging.getLevelName(level), int):
        root.setLevel(level)
    return _log_document_as_json if as_json else _log_document_as_text


TEXT_FORMAT = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s"


class Handler(logging.Handler):
    def __init__(self):
        super().__init__()
        self.log_sink = write_event

    def emit(self, record):
        write_event(self.format(record))


def _mark(record):
    record.aws_request_id = State.request_id or ""
    record.tenant_id = State.tenant_id
    return True


# The members that every record has; what is left was given as `extra`.
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "aws_request_id", "tenant_id"}


class JsonFormatter(logging.Formatter):
    def format(self, record):
        failure = record.exc_info
        members = {
            "timestamp": self.formatTime(record, "%Y-%m-%dT%H:%M:%SZ"),
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
            "stackTrace": traceback.format_tb(failure[2]) if failure else None,
            "errorType": failure[0].__name__ if failure else None,
            "errorMessage": str(failure[1]) if failure else None,
            "requestId": record.aws_request_id,
            "location": f"{record.pathname}:{record.funcName}:{record.lineno}" if failure else None,
            "tenantId": record.tenant_id,
        }
        for name, value in vars(record).items():
            if name not in _OWN and name not in members:
                members[name] = value
        return json.dumps({name: value for name, value in members.items() if value is not None}, ensure_ascii=False, default=str)


def _log_document_as_text(document):
    from .errors import log_lines

    write_event(log_lines(document))


def _log_document_as_json(document):
    from .marshal import to_json

    time = p.format_time("%Y-%m-%dT%H:%M:%SZ", p.gmtime())
    write_event(to_json({"timestamp": time, "log_level": "ERROR", **document}))
