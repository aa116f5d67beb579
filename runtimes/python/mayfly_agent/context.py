"""The context object. https://docs.aws.amazon.com/lambda/latest/dg/python-context.html"""

import json
import logging
import sys

from . import primordials as p
from .errors import Fault


def _members(name, fields):
    """A class with these attributes, all of them there whatever the client sent."""

    def init(self, values):
        for field in fields:
            setattr(self, field, values.get(field))

    def show(self):
        return f"{name}([{','.join(f'{field}={getattr(self, field)}' for field in fields)}])"

    return type(name, (), {"__slots__": fields, "__init__": init, "__repr__": show})


CognitoIdentity = _members("CognitoIdentity", ("cognito_identity_id", "cognito_identity_pool_id"))
Client = _members("Client", ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name"))
ClientContext = _members("ClientContext", ("custom", "env", "client"))

SHOWN = (
    "aws_request_id",
    "log_group_name",
    "log_stream_name",
    "function_name",
    "memory_limit_in_mb",
    "function_version",
    "invoked_function_arn",
    "client_context",
    "identity",
    "tenant_id",
)


class LambdaContext:
    def __init__(self, constants, head):
        self.aws_request_id = head["requestId"]
        self.log_group_name = constants["logGroupName"]
        self.log_stream_name = constants["logStreamName"]
        self.function_name = constants["functionName"]
        self.memory_limit_in_mb = constants["memoryLimitInMB"]
        self.function_version = constants["functionVersion"]
        self.invoked_function_arn = head["arn"]
        self.tenant_id = head.get("tenantId")
        self.client_context = _client_context(head.get("clientContext"))
        self.identity = _identity(head.get("identity"))
        self._epoch_deadline_time_in_ms = head["deadlineMs"]

    def get_remaining_time_in_millis(self):
        return max(0, int(self._epoch_deadline_time_in_ms - p.now_ns() // 1_000_000))

    def log(self, message):
        for handler in logging.getLogger().handlers:
            if hasattr(handler, "log_sink"):
                handler.log_sink(str(message))
                return
        sys.stdout.write(str(message))

    def __repr__(self):
        return f"LambdaContext([{','.join(f'{name}={getattr(self, name)}' for name in SHOWN)}])"


def _client_context(text):
    values = _parsed(text, "Client Context")
    if values is None:
        return None
    context = ClientContext(values)
    if isinstance(context.client, dict):
        context.client = Client(context.client)
    return context


def _identity(text):
    values = _parsed(text, "Cognito Identity") or {}
    return CognitoIdentity(
        {
            "cognito_identity_id": values.get("cognitoIdentityId"),
            "cognito_identity_pool_id": values.get("cognitoIdentityPoolId"),
        }
    )


def _parsed(text, name):
    if not text:
        return None
    try:
        values = json.loads(text)
    except ValueError as error:
        raise Fault("LambdaContextUnmarshalError", f"Unable to parse {name} JSON: {error}") from error
    if not isinstance(values, dict):
        raise Fault("LambdaContextUnmarshalError", f"Unable to parse {name} JSON: it is no object")
    return values
