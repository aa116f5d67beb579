"""Modules that handlers and boto3 ask for, loaded while nobody waits (measured: boto3's first import finds 40 ms of its modules here)."""

import importlib

NAMES = (
    "base64",
    "calendar",
    "collections.abc",
    "contextlib",
    "copy",
    "datetime",
    "decimal",
    "email.message",
    "enum",
    "functools",
    "gzip",
    "hashlib",
    "hmac",
    "http.client",
    "inspect",
    "itertools",
    "json",
    "logging",
    "logging.config",
    "os",
    "pathlib",
    "random",
    "re",
    "shutil",
    "ssl",
    "tempfile",
    "threading",
    "time",
    "traceback",
    "typing",
    "urllib.parse",
    "urllib.request",
    "uuid",
    "warnings",
    "weakref",
    "xml.etree.ElementTree",
)


def load():
    for name in NAMES:
        try:
            importlib.import_module(name)
        except ImportError:
            # A Python without ssl or lzma still runs functions that do not ask for them.
            continue
