// The one door out of the sandbox: 127.0.0.1:<port>, where AWS_ENDPOINT_URL points, forwards each connection to a unix socket that the
// platform opened for this sandbox alone. Its handles never keep the function's event loop alive.
'use strict';

const net = require('node:net');

/** Calls `ready` when the port is open. */
function openEndpoint(port, socketPath, ready) {
  const server = net.createServer({ allowHalfOpen: true }, (inner) => {
    const outer = net.connect({ path: socketPath, allowHalfOpen: true });
    inner.unref();
    outer.unref();
    const close = () => {
      inner.destroy();
      outer.destroy();
    };
    inner.on('error', close);
    outer.on('error', close);
    inner.on('close', close);
    outer.on('close', close);
    inner.pipe(outer);
    outer.pipe(inner);
  });
  server.unref();
  server.once('error', (error) => {
    throw error;
  });
  server.listen(port, '127.0.0.1', ready);
}

module.exports = { openEndpoint };
