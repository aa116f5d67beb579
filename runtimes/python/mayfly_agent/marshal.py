"""Events into values and values into JSON, as Lambda's runtime for Python does it: decimals become numbers, bytes are an answer as they are."""

import decimal
import json
import math

from . import primordials as p


class _Encoder(json.JSONEncoder):
    def default(self, value):
        # The standard encoder writes numbers by their type's own repr, so a fraction keeps the digits of a double.
        if isinstance(value, decimal.Decimal):
            if value.is_nan():
                return math.nan
            return int(value) if value.is_finite() and value == value.to_integral_value() else float(value)
        raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


_encode = _Encoder(ensure_ascii=False, allow_nan=True).encode


def to_json(value):
    return _encode(value)


def answer_bytes(value):
    return bytes(value) if isinstance(value, (bytes, bytearray)) else _encode(value).encode("utf-8", "surrogatepass")


def event_of(payload):
    return p.decode_json(payload.decode("utf-8")) if payload else {}
