# Makes the calls that sweep-botocore.test.ts asks for, one line of JSON each way, with whatever botocore this Python has.

import datetime
import json
import sys

import botocore
import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

session = botocore.session.get_session()
session.set_credentials('AKIASWEEPSWEEPSWEEPS', 'sweep/secret+key')
loader = session.get_component('data_loader')
config = Config(
    region_name='us-east-1',
    retries={'max_attempts': 0},
    parameter_validation=False,
    inject_host_prefix=False,
    s3={'addressing_style': 'path'},
    request_checksum_calculation='when_required',
    response_checksum_validation='when_required',
) if tuple(map(int, botocore.__version__.split('.')[:2])) >= (1, 36) else Config(
    region_name='us-east-1',
    retries={'max_attempts': 0},
    parameter_validation=False,
    inject_host_prefix=False,
    s3={'addressing_style': 'path'},
)
clients = {}


def client_of(endpoint, service, protocol):
    """A client that speaks the protocol asked for, even where botocore would choose another; None where its model does not have it."""
    key = (service, protocol)
    if key not in clients:
        metadata = loader.load_service_model(service, 'service-2')['metadata']
        known = metadata.setdefault('known-protocols', [*metadata.get('protocols', []), metadata['protocol']])
        if protocol in known:
            metadata['protocol'] = protocol
            metadata['protocols'] = [protocol]
            clients[key] = session.create_client(service, endpoint_url=endpoint, config=config, verify=False)
        else:
            clients[key] = None
    return clients[key]


def decode(value, shape):
    """A sample as botocore wants it, without what its model does not know."""
    kind = shape.type_name
    if kind == 'structure':
        return {k: decode(v, shape.members[k]) for k, v in value.items() if k in shape.members} if isinstance(value, dict) else value
    if kind == 'list':
        return [decode(item, shape.member) for item in value]
    if kind == 'map':
        return {k: decode(v, shape.value) for k, v in value.items()}
    if isinstance(value, str) and kind == 'blob':
        return bytes.fromhex(value.removeprefix('bytes '))
    if isinstance(value, str) and kind == 'timestamp':
        return datetime.datetime.fromisoformat(value.removeprefix('date ').replace('Z', '+00:00'))
    return value


def encode(value):
    if isinstance(value, datetime.datetime):
        utc = value.astimezone(datetime.timezone.utc)
        return 'date ' + utc.strftime('%Y-%m-%dT%H:%M:%S.') + '%03dZ' % (utc.microsecond // 1000)
    if isinstance(value, (bytes, bytearray)):
        return 'bytes ' + bytes(value).hex()
    if isinstance(value, dict):
        return {k: encode(v) for k, v in value.items() if k != 'ResponseMetadata'}
    if isinstance(value, (list, tuple)):
        return [encode(item) for item in value]
    if hasattr(value, 'read'):
        return 'bytes ' + value.read().hex()
    if hasattr(value, '__iter__') and not isinstance(value, str):
        return [encode(item) for item in value]
    return value


def run(case):
    client = client_of(case['endpoint'], case['service'], case['protocol'])
    if client is None:
        return {'kind': 'unknown'}
    try:
        operation = client.meta.service_model.operation_model(case['operation'])
    except Exception:
        return {'kind': 'unknown'}
    sent = decode(case['input'], operation.input_shape) if operation.input_shape else {}
    expected = decode(case['output'], operation.output_shape) if operation.output_shape and case.get('output') is not None else {}
    # Handlers of botocore change the parameters that they are given.
    before = encode(sent)
    try:
        output = client._make_api_call(case['operation'], sent)
    except ClientError as error:
        response = error.response
        return {
            'kind': 'error',
            'code': response['Error'].get('Code'),
            'message': response['Error'].get('Message'),
            'status': response['ResponseMetadata']['HTTPStatusCode'],
        }
    return {'kind': 'output', 'sent': before, 'expected': encode(expected), 'output': encode(output)}


print(json.dumps({'kind': 'ready', 'version': botocore.__version__}), flush=True)
for line in sys.stdin:
    try:
        answer = run(json.loads(line))
    except Exception as error:  # whatever it is, it is the case's result
        answer = {'kind': 'failed', 'reason': '%s: %s' % (type(error).__name__, error)}
    print(json.dumps(answer), flush=True)
