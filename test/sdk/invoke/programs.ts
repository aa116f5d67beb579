// Programs that functions of the tests bring along, and whether this machine can run them.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const CALL = `
# call METHOD PATH [BODY] [HEADER]: the answer's headers in $HEADERS, its body on stdout. With nothing but bash.
call() {
  exec 9<>"/dev/tcp/\${AWS_LAMBDA_RUNTIME_API%:*}/\${AWS_LAMBDA_RUNTIME_API#*:}"
  printf '%s %s HTTP/1.1\\r\\nHost: api\\r\\nConnection: close\\r\\n%sContent-Length: %s\\r\\n\\r\\n%s' "$1" "/2018-06-01$2" "\${4:+$4$'\\r\\n'}" "\${#3}" "$3" >&9
  HEADERS=
  while IFS= read -r line <&9; do line="\${line%$'\\r'}"; [ -z "$line" ] && break; HEADERS+="$line"$'\\n'; done
  BODY="$(cat <&9)"
  exec 9<&-
}
header() { sed -n "s/^$1: //Ip" <<<"$HEADERS"; }
`;

/** A bootstrap for bash: \`answer EVENT\` of the script writes what is posted, and sets KIND and HEADER where it is no plain response. */
export function shellBootstrap(script: string): string {
  return `#!/bin/bash
${CALL}
${script}
while true; do
  call GET /runtime/invocation/next; EVENT="$BODY"; NEXT="$HEADERS"; ID="$(header Lambda-Runtime-Aws-Request-Id)"
  KIND=response; HEADER=; ANSWER=null
  answer
  call POST "/runtime/invocation/$ID/$KIND" "$ANSWER" "$HEADER"
done
`;
}

/** The bootstrap of AWS's tutorial for custom runtimes, which needs curl. */
export const TUTORIAL_BOOTSTRAP = `#!/bin/sh
set -euo pipefail
source $LAMBDA_TASK_ROOT/"$(echo $_HANDLER | cut -d. -f1).sh"
while true
do
  HEADERS="$(mktemp)"
  EVENT_DATA=$(curl -sS -LD "$HEADERS" "http://\${AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation/next")
  REQUEST_ID=$(grep -Fi Lambda-Runtime-Aws-Request-Id "$HEADERS" | tr -d '[:space:]' | cut -d: -f2)
  RESPONSE=$($(echo "$_HANDLER" | cut -d. -f2) "$EVENT_DATA")
  curl "http://\${AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation/$REQUEST_ID/response"  -d "$RESPONSE"
done
`.replace('#!/bin/sh', '#!/bin/bash');

/** A runtime client of forty lines of C, as a Go or Rust binary would be one: answers each event with the event and its number. */
const C_BOOTSTRAP = `
#include <netinet/in.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

static char buffer[1 << 16];

static char *call(const char *request) {
  char host[64];
  strncpy(host, getenv("AWS_LAMBDA_RUNTIME_API"), sizeof host - 1);
  char *colon = strchr(host, ':');
  *colon = 0;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(colon + 1))};
  inet_pton(AF_INET, host, &address.sin_addr);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) exit(3);
  if (write(fd, request, strlen(request)) < 0) exit(4);
  size_t filled = 0;
  for (ssize_t got; (got = read(fd, buffer + filled, sizeof buffer - 1 - filled)) > 0;) filled += got;
  buffer[filled] = 0;
  close(fd);
  return strstr(buffer, "\\r\\n\\r\\n") + 4;
}

int main(void) {
  for (int number = 1;; number++) {
    char *event = call("GET /2018-06-01/runtime/invocation/next HTTP/1.1\\r\\nHost: api\\r\\nConnection: close\\r\\n\\r\\n");
    char id[64] = {0}, body[4096], request[8192];
    sscanf(strcasestr(buffer, "Lambda-Runtime-Aws-Request-Id: "), "%*[^:]: %36s", id);
    snprintf(body, sizeof body, "{\\"event\\":%s,\\"number\\":%d}", event, number);
    fprintf(stderr, "compiled code ran\\n");
    snprintf(request, sizeof request,
             "POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\\r\\nHost: api\\r\\nConnection: close\\r\\nContent-Length: %zu\\r\\n\\r\\n%s",
             id, strlen(body), body);
    call(request);
  }
}
`;

/** Undefined where there is no C compiler. */
export function compiledBootstrap(): Uint8Array | undefined {
  if (!existsSync('/usr/bin/gcc')) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-bootstrap-'));
  try {
    execFileSync('/usr/bin/gcc', ['-D_GNU_SOURCE', '-O1', '-o', join(folder, 'bootstrap'), '-x', 'c', '-'], { input: C_BOOTSTRAP });
    return readFileSync(join(folder, 'bootstrap'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Why Python functions cannot be tested here; false where they can. */
export function pythonMissing(): string | false {
  const program = 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else 1)';
  return hasSucceeded('/usr/bin/python3', ['-c', program]) ? false : '/usr/bin/python3 is not there, or older than 3.11';
}

export function moduleMissing(name: string): string | false {
  return hasSucceeded('/usr/bin/python3', ['-c', `import ${name}`]) ? false : `the system's Python has no ${name}`;
}

function hasSucceeded(program: string, args: readonly string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch {
    // Whatever the reason: it cannot be used.
    return false;
  }
}

/** An extension that tells what it is told, and what the Telemetry API sends it. */
export const RECORDER = `#!/usr/bin/python3
import http.server, json, os, sys, threading, urllib.error, urllib.request

api = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"]
name = os.path.basename(sys.argv[0])


def tell(*what):
    sys.stdout.write(" ".join(["RECORDER", *what]) + "\\n")
    sys.stdout.flush()


class Listener(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        for event in json.loads(self.rfile.read(int(self.headers["Content-Length"]))):
            tell("telemetry", event["type"], json.dumps(event["record"]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


def call(method, path, headers={}, body=None):
    request = urllib.request.Request(api + path, method=method, headers=headers, data=None if body is None else json.dumps(body).encode())
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.headers, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.headers, {"status": error.code, **json.loads(error.read())}


listener = http.server.HTTPServer(("127.0.0.1", 0), Listener)
threading.Thread(target=listener.serve_forever, daemon=True).start()
headers, registered = call("POST", "/2020-01-01/extension/register", {"Lambda-Extension-Name": name}, {"events": ["INVOKE", "SHUTDOWN"]})
tell("registered", json.dumps(registered), str("_HANDLER" in os.environ))
who = {"Lambda-Extension-Identifier": headers["Lambda-Extension-Identifier"]}
for subscription in (
    {"schemaVersion": "2022-12-13", "types": ["everything"]},
    {
        "schemaVersion": "2022-12-13",
        "types": ["platform", "function"],
        "buffering": {"timeoutMs": 25},
        "destination": {"protocol": "HTTP", "URI": "http://sandbox.localdomain:%d" % listener.server_port},
    },
):
    tell("subscribed", json.dumps(call("PUT", "/2022-07-01/telemetry", who, subscription)[1]))
tell("logs", json.dumps(call("PUT", "/2020-08-15/logs", who, {})[1]))
while True:
    event = call("GET", "/2020-01-01/extension/event/next", who)[1]
    tell(event["eventType"], event.get("shutdownReason", ""), event.get("requestId", ""))
    if event["eventType"] == "INVOKE":
        tell("late", json.dumps(call("PUT", "/2022-07-01/telemetry", who, subscription)[1]))
        tell("unknown", json.dumps(call("GET", "/2020-01-01/extension/event/next", {"Lambda-Extension-Identifier": "x"})[1]))
    if event["eventType"] == "SHUTDOWN":
        sys.exit(0)
`;

/** An extension that subscribes to everything, and listens to nothing. */
export const DEAF = RECORDER.replace(
  'threading.Thread(target=listener.serve_forever, daemon=True).start()',
  'listener.server_close()',
).replaceAll('"RECORDER"', '"DEAF"');
