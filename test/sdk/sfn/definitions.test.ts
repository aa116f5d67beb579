// Definitions that are looked at, and states that are tried: https://docs.aws.amazon.com/step-functions/latest/apireference/API_TestState.html and
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  TestStateCommand,
  ValidateStateMachineDefinitionCommand,
  type TestStateCommandInput,
  type ValidateStateMachineDefinitionCommandInput,
} from '@aws-sdk/client-sfn';
import { arnOf, definitionOf, openSfnService, PASS, refusalOf, ROLE_ARN, type SfnService } from '../../support/sfn-service.ts';

const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:work';

const SENT = { protocol: 'https', method: 'GET', url: 'https://example.test/', headers: '[user-agent: x]' };
const GOT = { protocol: 'https', statusCode: '200', statusMessage: 'OK', headers: '[]', body: '{}' };

let service: SfnService;
before(async () => {
  service = await openSfnService({
    inspected: { request: SENT, response: GOT },
    carryOut: ({ command }) =>
      command.resource.arn === FUNCTION
        ? { kind: 'succeeded', output: { got: command.input } }
        : { kind: 'failed', error: 'Broken', cause: 'by the test' },
  });
});
after(() => service.close());

const tried = async (definition: object, input: Partial<TestStateCommandInput> = {}) => {
  const { $metadata: _metadata, ...answer } = await service.client.send(
    new TestStateCommand({ roleArn: ROLE_ARN, ...input, definition: JSON.stringify(definition) }),
  );
  return answer;
};
const validated = async (input: Partial<ValidateStateMachineDefinitionCommandInput>) => {
  const { $metadata: _metadata, ...answer } = await service.client.send(
    new ValidateStateMachineDefinitionCommand({ definition: PASS, ...input }),
  );
  return answer;
};

describe('TestState: serialisation', () => {
  test('a state that passes on, in short and in full', async () => {
    const state = { Type: 'Pass', Parameters: { 'b.$': '$.a' }, ResultPath: '$.c', Next: 'Other' };
    assert.deepEqual(await tried(state, { input: '{"a":1}' }), {
      status: 'SUCCEEDED',
      output: '{"a":1,"c":{"b":1}}',
      nextState: 'Other',
    });
    const { inspectionData } = await tried(state, { input: '{"a":1}', inspectionLevel: 'DEBUG' });
    assert.deepEqual(
      [inspectionData?.input, inspectionData?.afterParameters, inspectionData?.afterResultPath],
      ['{"a":1}', '{"b":1}', '{"a":1,"c":{"b":1}}'],
    );
  });
});

describe('TestState: validation', () => {
  const refused = async (definition: object, input: Partial<TestStateCommandInput>, name: string, message: RegExp) => {
    const refusal = await refusalOf(tried(definition, input));
    assert.equal(refusal.name, name, refusal.message);
    assert.match(refusal.message, message);
  };

  test('states that are none, and inputs that are no JSON', async () => {
    await refused({ Type: 'Nothing' }, {}, 'InvalidDefinition', /^Invalid State Machine Definition: '/);
    await refused({ Type: 'Pass', End: true }, { input: '{' }, 'ValidationException', /input/);
  });

  test('what would be waited for for ever', async () => {
    const waits = { Type: 'Task', Resource: arnOf('activity', 'a'), End: true };
    await refused(waits, {}, 'ValidationException', /activities/);
    const calls = { Type: 'Task', Resource: 'arn:aws:states:::sqs:sendMessage.waitForTaskToken', Parameters: {}, End: true };
    await refused(calls, {}, 'ValidationException', /tasks that wait/);
  });

  test('secrets are revealed at the level TRACE alone', async () => {
    await refused({ Type: 'Pass', End: true }, { revealSecrets: true }, 'ValidationException', /TRACE/);
  });
});

describe('TestState: behaviour', () => {
  test('a task that is not mocked is carried out', async () => {
    const answer = await tried({ Type: 'Task', Resource: FUNCTION, End: true }, { input: '{"a":1}' });
    assert.deepEqual(answer, { status: 'SUCCEEDED', output: '{"got":{"a":1}}' });
  });

  test('what an HTTP task has sent and got is told at the level TRACE alone', async () => {
    const calls = { Type: 'Task', Resource: 'arn:aws:states:::http:invoke', Parameters: {}, End: true };
    const { inspectionData: traced } = await tried(calls, { inspectionLevel: 'TRACE' });
    assert.deepEqual([traced?.request, traced?.response], [SENT, GOT]);
    const { inspectionData } = await tried(calls, { inspectionLevel: 'DEBUG' });
    assert.ok(inspectionData !== undefined && !('request' in inspectionData));
  });

  test('what fails is caught, or to be tried again', async () => {
    const resource = `${FUNCTION}-broken`;
    const catching = { Type: 'Task', Resource: resource, Catch: [{ ErrorEquals: ['Broken'], Next: 'Sorry' }], End: true };
    const caught = await tried(catching);
    assert.deepEqual(
      [caught.status, caught.error, caught.cause, caught.nextState],
      ['CAUGHT_ERROR', 'Broken', 'by the test', 'Sorry'],
    );
    const retrying = { Type: 'Task', Resource: resource, Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 3 }], End: true };
    const retriable = await tried(retrying, { inspectionLevel: 'DEBUG' });
    assert.deepEqual(
      [retriable.status, retriable.inspectionData?.errorDetails],
      ['RETRIABLE', { retryIndex: 0, retryBackoffIntervalSeconds: 3 }],
    );
  });

  test('a mocked answer takes the place of the task, and is held to the form of the service', async () => {
    const publish = { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', Parameters: { FunctionName: 'f' }, End: true };
    const mocked = await tried(publish, { mock: { result: '{"StatusCode":200,"Payload":{"x":1}}' } });
    assert.deepEqual([mocked.status, mocked.output], ['SUCCEEDED', '{"StatusCode":200,"Payload":{"x":1}}']);
    const refusal = await refusalOf(tried(publish, { mock: { result: '{"StatusCode":"many"}' } }));
    assert.equal(refusal.name, 'ValidationException');
    assert.match(refusal.message, /^Mock result schema validation error: /);
  });

  test('a state of a whole machine is tried by its name', async () => {
    const definition = { StartAt: 'A', States: { A: { Type: 'Pass', Next: 'B' }, B: { Type: 'Pass', Result: 7, End: true } } };
    assert.equal((await tried(definition, { stateName: 'B' })).output, '7');
  });
});

describe('ValidateStateMachineDefinition', () => {
  test('a definition that is right', async () => {
    assert.deepEqual(await validated({}), { result: 'OK', diagnostics: [], truncated: false });
    assert.deepEqual(await validated({ type: 'EXPRESS', severity: 'WARNING', maxResults: 5 }), {
      result: 'OK',
      diagnostics: [],
      truncated: false,
    });
  });

  test('everything that is wrong is told, as much of it as is wanted', async () => {
    const definition = definitionOf({ A: { Type: 'Pass', Next: 'B' }, C: { Type: 'Pass', Next: 'D' }, E: { Type: 'Pass' } });
    const all = await validated({ definition });
    assert.equal(all.result, 'FAIL');
    assert.ok((all.diagnostics?.length ?? 0) >= 3);
    for (const diagnostic of all.diagnostics ?? []) {
      assert.equal(diagnostic.severity, 'ERROR');
      assert.ok(diagnostic.code !== undefined && diagnostic.message !== undefined && diagnostic.location !== undefined);
    }
    const first = await validated({ definition, maxResults: 1 });
    assert.deepEqual([first.diagnostics, first.truncated], [all.diagnostics?.slice(0, 1), true]);
  });

  test('of thousands of mistakes, a hundred are told', async () => {
    const states = Array.from({ length: 150 }, (_, index) => [`S${index}`, { Type: 'Nothing' }]);
    const definition = definitionOf(Object.fromEntries(states) as Readonly<Record<string, object>>);
    const { diagnostics, truncated } = await validated({ definition });
    assert.deepEqual([diagnostics?.length, truncated], [100, true]);
    const { message } = await refusalOf(service.create({ definition }));
    assert.equal(message.split('SCHEMA_VALIDATION_FAILED').length - 1, 100);
  });

  test('what is hardly meant so is told where warnings are asked for, and refuses nothing', async () => {
    const definition = definitionOf({
      Choose: {
        Type: 'Choice',
        Choices: [
          { Variable: '$.a', StringEquals: '$.b', Next: 'Static' },
          { Variable: '$.a', StringMatches: '$.b*', Next: 'Static' },
        ],
        Default: 'Broken',
      },
      Static: { Type: 'Pass', Result: { list: [{ 'x.$': '$.y' }] }, Next: 'Call' },
      Call: {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke',
        Parameters: { FunctionName: 'f', Payload: { path: '$.a[0]', price: '$5', call: 'States.UUID()', right: 'States.All' } },
        End: true,
      },
      Broken: { Type: 'Fail', Error: '$.error', Cause: 'No path' },
    });
    const { result, diagnostics } = await validated({ definition, severity: 'WARNING' });
    assert.equal(result, 'OK');
    assert.deepEqual(
      diagnostics?.map(({ severity, code, location }) => [severity, code, location]),
      [
        ['WARNING', 'NO_PATH', '/States/Choose/Choices[0]/StringEquals'],
        ['WARNING', 'PASS_RESULT_IS_STATIC', '/States/Static/Result'],
        ['WARNING', 'NO_DOLLAR', '/States/Call/Parameters/Payload/path'],
        ['WARNING', 'NO_DOLLAR', '/States/Call/Parameters/Payload/call'],
        ['WARNING', 'NO_PATH', '/States/Broken/Error'],
      ],
    );
    assert.deepEqual(await validated({ definition }), { result: 'OK', diagnostics: [], truncated: false });
    await service.create({ definition });
    const jsonata = definitionOf({ A: { Type: 'Pass', Output: { a: '$.b' }, End: true } }, { QueryLanguage: 'JSONata' });
    assert.deepEqual((await validated({ definition: jsonata, severity: 'WARNING' })).diagnostics, []);
  });

  test('errors come before warnings', async () => {
    const definition = definitionOf({ A: { Type: 'Pass', Parameters: { a: '$.b' }, Next: 'Nowhere' } });
    const { result, diagnostics = [] } = await validated({ definition, severity: 'WARNING' });
    assert.equal(result, 'FAIL');
    assert.deepEqual([diagnostics[0]?.severity, diagnostics.at(-1)?.code], ['ERROR', 'NO_DOLLAR']);
    assert.doesNotMatch((await refusalOf(service.create({ definition }))).message, /NO_DOLLAR/);
  });

  test('two distributed maps of one label, and more bytes than a definition may have', async () => {
    const ItemProcessor = {
      ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
      StartAt: 'In',
      States: { In: { Type: 'Pass', End: true } },
    };
    const other = { ...ItemProcessor, StartAt: 'Deep', States: { Deep: { Type: 'Pass', End: true } } };
    const twice = definitionOf({
      One: { Type: 'Map', Label: 'same', ItemProcessor, Next: 'Two' },
      Two: { Type: 'Map', Label: 'same', ItemProcessor: other, End: true },
    });
    const [duplicate] = (await validated({ definition: twice })).diagnostics ?? [];
    assert.deepEqual([duplicate?.code, duplicate?.location], ['DUPLICATE_LABEL_NAME', '/States/Two/Label']);
    const large = definitionOf({ A: { Type: 'Pass', Comment: 'é'.repeat(600_000), End: true } });
    assert.equal((await validated({ definition: large })).result, 'FAIL');
    assert.equal((await refusalOf(service.create({ definition: large }))).name, 'InvalidDefinition');
  });

  test('a request that is wrong', async () => {
    assert.equal((await refusalOf(validated({ definition: '' }))).name, 'ValidationException');
    assert.equal((await refusalOf(validated({ maxResults: 101 }))).name, 'ValidationException');
    assert.equal((await refusalOf(validated({ severity: 'HINT' as never }))).name, 'ValidationException');
  });
});
