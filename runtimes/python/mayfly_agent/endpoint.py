"""The one door out of the sandbox: 127.0.0.1:<port>, where AWS_ENDPOINT_URL points, forwards each connection to a unix socket that the platform
opened for this sandbox alone. One thread moves all bytes, with a bound on what it holds for either side."""

import _thread
import selectors
import socket

BUFFER_BYTES = 256 * 1024
BACKLOG = 128


def open_endpoint(port, socket_path):
    server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("127.0.0.1", port))
    server.listen(BACKLOG)
    server.setblocking(False)
    # Not a threading.Thread: the interpreter waits for none of ours when the function ends it, and `threading` shows the function's alone.
    _thread.start_new_thread(_Forwarder(server, socket_path).run, ())


class _Forwarder:
    def __init__(self, server, socket_path):
        self._server = server
        self._socket_path = socket_path
        self._selector = selectors.DefaultSelector()
        self._selector.register(server, selectors.EVENT_READ, None)

    def run(self):
        while True:
            for key, events in self._selector.select():
                if key.data is None:
                    self._accept()
                else:
                    key.data.move(key.fileobj, events)

    def _accept(self):
        inner = outer = None
        try:
            inner, _ = self._server.accept()
            outer = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            outer.connect(self._socket_path)
        except OSError:
            # No descriptors left, or the platform refuses more: the function sees a connection that is closed at once.
            for opened in (inner, outer):
                if opened is not None:
                    opened.close()
            return
        _Pair(self._selector, inner, outer)


class _Pair:
    """Two sockets and what is on its way between them; each direction ends by itself."""

    def __init__(self, selector, inner, outer):
        self._selector = selector
        self._peer = {inner: outer, outer: inner}
        self._pending = {inner: bytearray(), outer: bytearray()}
        self._open = {inner: True, outer: True}
        for end in (inner, outer):
            end.setblocking(False)
            selector.register(end, selectors.EVENT_READ, self)

    def move(self, end, events):
        if end not in self._peer:
            return
        try:
            if events & selectors.EVENT_READ:
                self._read(end)
            if events & selectors.EVENT_WRITE:
                self._write(end)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self._close()
            return
        self._settle()

    def _read(self, end):
        peer = self._peer[end]
        chunk = end.recv(64 * 1024)
        if chunk:
            self._pending[peer] += chunk
            self._write(peer)
        else:
            self._open[end] = False
            if not self._pending[peer]:
                peer.shutdown(socket.SHUT_WR)

    def _write(self, end):
        pending = self._pending[end]
        try:
            while pending:
                del pending[: end.send(pending)]
        except BlockingIOError:
            return
        if not self._open[self._peer[end]]:
            end.shutdown(socket.SHUT_WR)

    def _settle(self):
        if not any(self._open.values()) and not any(self._pending.values()):
            self._close()
            return
        for end, peer in self._peer.items():
            reads = selectors.EVENT_READ if self._open[end] and len(self._pending[peer]) < BUFFER_BYTES else 0
            events = reads | (selectors.EVENT_WRITE if self._pending[end] else 0)
            self._watch(end, events)

    def _watch(self, end, events):
        known = self._selector.get_map().get(end)
        if events == 0:
            if known is not None:
                self._selector.unregister(end)
        elif known is None:
            self._selector.register(end, events, self)
        elif known.events != events:
            self._selector.modify(end, events, self)

    def _close(self):
        for end in self._peer:
            if end in self._selector.get_map():
                self._selector.unregister(end)
            end.close()
        self._peer = {}
