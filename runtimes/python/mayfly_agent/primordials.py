"""The built-ins that the agent itself uses, taken before any user code runs: a function may replace every name that it finds in a module,
and its own answer must still leave by the agent's hands."""

import json
import os
import time
import traceback

read = os.read
write = os.write
exit_now = os._exit
environment = os.environ
chdir = os.chdir
decode_json = json.JSONDecoder().decode
encode_text = json.encoder.encode_basestring
now_ns = time.time_ns
gmtime = time.gmtime
format_time = time.strftime
extract_traceback = traceback.extract_tb
format_list = traceback.format_list
unpack_int = int.from_bytes
