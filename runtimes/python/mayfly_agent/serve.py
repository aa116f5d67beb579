"""The life of one function in this process: booted, specialised, then invoked, one event after another.

Invariants: at most one invocation runs, and its nonce goes back with its answer, once; what the function printed before it settled is in the
pipes before the answer is written."""

import os
import sys

from . import channel, errors, logs, preload
from . import primordials as p
from .context import LambdaContext
from .endpoint import open_endpoint
from .load import find_modules_in, load_handler
from .marshal import answer_bytes, event_of

TRACE_VARIABLE = "_X_AMZN_TRACE_ID"
RETURN_OUTPUT = ("stdout", "stderr")


def main():
    for fd in (logs.STDOUT, logs.STDERR, channel.FD):
        os.set_blocking(fd, True)
    kind, boot, _ = channel.receive()
    if boot.get("endpoint") is not None:
        open_endpoint(boot["endpoint"]["port"], boot["endpoint"]["socketPath"])
    logs.open_streams()
    if not boot.get("isAwaited"):
        preload.load()
    channel.send(channel.READY, boot["nonce"])
    _, head, _ = channel.receive()
    function = _Function(boot["maxResponseBytes"])
    function.specialise(head)
    while True:
        kind, head, payload = channel.receive()
        if kind == channel.INVOKE:
            function.invoke(head, payload)
        elif kind == channel.MAKE_CODE_CACHE:
            # Python keeps compiled modules beside their sources, which are read-only here: there is nothing to hand over.
            channel.send(channel.CODE_CACHE, head["nonce"])


class _Function:
    def __init__(self, max_response_bytes):
        self._max_response_bytes = max_response_bytes
        self._handler = None
        self._constants = None
        self._log_failure = None

    def specialise(self, head):
        environment = head.get("environment")
        if environment is not None:
            _apply_environment(environment)
        # Under the supervisor the environment is the process's own, which a wrapper script may have changed, the handler included.
        environment = dict(p.environment)
        handler = head["handler"] if head.get("environment") is not None else environment.get("_HANDLER", head["handler"])
        self._log_failure = logs.wire_logging(environment)
        self._constants = head["constants"]
        p.chdir(head["taskRoot"])
        find_modules_in(head["taskRoot"], head["layerRoot"], environment.get("PYTHONPATH", ""))
        try:
            self._handler = load_handler(handler)
        except SystemExit as error:
            self._end(error)
        except BaseException as error:
            # What failed to load cannot be called: the platform ends this process when it has the answer.
            self._fail(channel.INIT_FAILED, head["nonce"], error)
        else:
            _flush()
            channel.send(channel.INITIALISED, head["nonce"])

    def invoke(self, head, payload):
        logs.State.request_id = head["requestId"]
        logs.State.tenant_id = head.get("tenantId")
        _set_trace(head.get("traceHeader"))
        try:
            context = LambdaContext(self._constants, head)
            answer = self._answer(self._handler(_event(payload), context))
        except SystemExit as error:
            self._end(error)
        except BaseException as error:
            self._fail(channel.THREW, head["nonce"], error)
        else:
            _flush()
            if len(answer) <= self._max_response_bytes:
                channel.send(channel.RETURNED, head["nonce"], answer)
            else:
                channel.send(channel.TOO_LARGE, head["nonce"], members=f',"bytes":{len(answer)}')

    def _answer(self, value):
        try:
            return answer_bytes(value)
        except Exception as error:
            raise errors.Fault("MarshalError", f"Unable to marshal response: {error}") from error

    def _fail(self, kind, nonce, error):
        document = errors.describe(error, logs.State.request_id)
        self._log_failure(document)
        _flush()
        channel.send(kind, nonce, errors.payload(document))

    def _end(self, error):
        """`sys.exit` ends the runtime, as on Lambda: the platform reports Runtime.ExitError."""
        _flush()
        code = error.code
        if code is not None and not isinstance(code, int):
            logs.write_event(str(code))
        p.exit_now(0 if code is None else code & 0xFF if isinstance(code, int) else 1)


def _event(payload):
    try:
        return event_of(payload)
    except ValueError as error:
        raise errors.Fault("UnmarshalError", f"Unable to unmarshal input: {error}") from error


def _apply_environment(environment):
    for name in list(p.environment):
        if name not in environment:
            del p.environment[name]
    p.environment.update(environment)


def _set_trace(header):
    if header is None:
        p.environment.pop(TRACE_VARIABLE, None)
    else:
        p.environment[TRACE_VARIABLE] = header


def _flush():
    """Whatever the function has put in the place of its streams; theirs is no reason not to answer."""
    for name in RETURN_OUTPUT:
        try:
            getattr(sys, name).flush()
        except Exception:
            continue
