// Definitions that AWS refuses, with its words, and what it takes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json, JsonObject } from '../expressions/json.ts';
import { refusalOf } from './diagnostics.ts';
import { variableReferences } from './variable-references.ts';
import { readDefinition } from './read-definition.ts';
import { parseTaskResource } from './task-resource.ts';

const PASS = { Type: 'Pass', End: true };
const SCHEMA = 'SCHEMA_VALIDATION_FAILED';

function refusal(definition: Json | string, executionType: 'STANDARD' | 'EXPRESS' = 'STANDARD'): string | undefined {
  const read = readDefinition(typeof definition === 'string' ? definition : JSON.stringify(definition), executionType);
  return read.kind === 'invalid' ? refusalOf(read.diagnostics) : undefined;
}

function of(states: JsonObject, more: JsonObject = {}): JsonObject {
  return { StartAt: Object.keys(states)[0] ?? '', States: states, ...more };
}

test('what is missing, unknown or of the wrong kind is named with its place', () => {
  const refused: readonly (readonly [JsonObject, string])[] = [
    [{ States: { A: PASS } }, `${SCHEMA}: These fields are required: [StartAt] at /`],
    [
      of({ A: { Type: 'Nap', End: true } }),
      `${SCHEMA}: The field 'Type' should have one of these values: [Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map] at /States/A/Type`,
    ],
    [of({ A: { ...PASS, Arguments: {} } }), `${SCHEMA}: Field 'Arguments' is not supported at /States/A`],
    [
      of({ A: { ...PASS, Output: 1 } }),
      `${SCHEMA}: The QueryLanguage is set to 'JSONPath', but field 'Output' is only supported for the 'JSONata' QueryLanguage at /States/A`,
    ],
    [
      of({ A: { Type: 'Wait', Seconds: 1, TimeoutSeconds: 1, End: true } }),
      `${SCHEMA}: Field 'TimeoutSeconds' is not supported at /States/A`,
    ],
    [
      of({ A: { Type: 'Pass', Next: 'B' }, B: { Type: 'Pass', Next: 'A' } }),
      'MISSING_END_STATE: Workflow has no terminal state at null',
    ],
    [
      of({ A: { Type: 'Pass', Next: 'B' } }),
      "MISSING_TRANSITION_TARGET: Missing 'Next' target: B at /States/A/Next, MISSING_END_STATE: Workflow has no terminal state at null",
    ],
    [
      of({ A: { Type: 'Pass', Next: 'B' }, B: { Type: 'Pass', Next: 'A' }, C: PASS }),
      'MISSING_TRANSITION_TARGET: State "C" is not reachable. at /States/C',
    ],
    [of({ A: { Type: 'Parallel', Branches: [], End: true } }), `${SCHEMA}: Value cannot be empty at /States/A/Branches`],
    [of({ A: PASS, B: PASS }), 'MISSING_TRANSITION_TARGET: State "B" is not reachable. at /States/B'],
    [
      of({ A: { ...PASS, Parameters: { 'x.$': 'no path' } } }),
      `${SCHEMA}: The value for the field 'x.$' must be a valid JSONPath or a valid intrinsic function call at /States/A/Parameters/x.$`,
    ],
    [of({ A: { ...PASS, Assign: { states: 1 } } }), `${SCHEMA}: The variable name 'states' is reserved at /States/A/Assign/states`],
  ];
  for (const [definition, message] of refused) assert.equal(refusal(definition), `Invalid State Machine Definition: '${message}'`);
});

test('a flow that cannot end, and a label that cannot be part of a name, are refused', () => {
  assert.match(refusal(of({ A: { Type: 'Pass', Next: 'B' }, B: { Type: 'Pass', Next: 'A' } })) ?? '', /MISSING_END_STATE/);
  const processor = { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' }, StartAt: 'In', States: { In: PASS } };
  const labelled = (label: string): string | undefined =>
    refusal(of({ A: { Type: 'Map', Label: label, ItemProcessor: processor, End: true } }));
  assert.equal(labelled('größe-1'), undefined);
  for (const label of ['', 'a b', 'a:b', 'a\u0085', 'x'.repeat(41)])
    assert.match(labelled(label) ?? '', /INVALID_LABEL_NAME/, label);
});

test('a name stands once in the whole definition', () => {
  const inner = { StartAt: 'A', States: { A: PASS } };
  assert.match(refusal(of({ A: { Type: 'Parallel', Branches: [inner], End: true } })) ?? '', /DUPLICATE_STATE_NAME/);
});

test('JSONata is parsed when it is created, and starts from $states or a variable', () => {
  const jsonata = (output: string): Json => of({ A: { Type: 'Pass', Output: output, End: true } }, { QueryLanguage: 'JSONata' });
  assert.match(refusal(jsonata('{% 1 + %}')) ?? '', /INVALID_JSONATA_EXPRESSION/);
  assert.match(
    refusal(jsonata('{% phone.number %}')) ?? '',
    /UNSUPPORTED_JSONATA_EXPRESSION: Reference to 'phone' at the top level is not supported\. at \/States\/A\/Output/,
  );
  for (const [expression, message] of [
    ['{% {"a": phone} %}', "Reference to 'phone' at the top level"],
    ['{% $own ? phone : 1 %}', "Reference to 'phone' at the top level"],
    ['{% $own ~> $map(phone) %}', "Reference to 'phone' at the top level"],
    ['{% $$.phone %}', "Reference to '$$' is not supported"],
    ['{% $states.errorOutput.Cause %}', 'only supported in a Catch'],
    ['{% 1 + %}', 'INVALID_JSONATA_EXPRESSION: Unexpected end of expression at /States/A/Output'],
  ] as const)
    assert(refusal(jsonata(expression))?.includes(message), `${expression}: ${refusal(jsonata(expression))}`);
  for (const expression of [
    '{% $states.input.phone[type = "home"] %}',
    '{% $map($own, function($v) { $v.phone }) %}',
    'no {% expression %}',
    '{% $states.input ~> |phone|{"number": 1}| %}',
    '{% $own^(name) %}',
    '{% $own{name: $count($)} %}',
  ])
    assert.equal(refusal(jsonata(expression)), undefined, expression);
});

test('States.ALL stands alone and last', () => {
  const task = (retry: Json): Json =>
    of({ A: { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', Retry: retry, End: true } });
  assert.equal(refusal(task([{ ErrorEquals: ['Mine'] }, { ErrorEquals: ['States.ALL'] }])), undefined);
  assert.match(
    refusal(task([{ ErrorEquals: ['States.ALL'] }, { ErrorEquals: ['Mine'] }])) ?? '',
    /can only appear alone, and in the last element/,
  );
  assert.match(refusal(task([{ ErrorEquals: ['States.ALL', 'Mine'] }])) ?? '', /can only appear alone/);
});

test('an express machine has no tasks that wait, and no distributed map', () => {
  const waiting = of({ A: { Type: 'Task', Resource: 'arn:aws:states:::sqs:sendMessage.waitForTaskToken', End: true } });
  assert.equal(refusal(waiting), undefined);
  assert.match(refusal(waiting, 'EXPRESS') ?? '', /Express state machine does not support/);
});

test('what is nested without end is refused, and does not end the platform', () => {
  let nested: Json = PASS;
  for (let level = 0; level < 100; level++)
    nested = { Type: 'Parallel', Branches: [{ StartAt: `S${level}`, States: { [`S${level}`]: nested } }], End: true };
  assert.match(refusal(of({ Top: nested })) ?? '', /nested too deep/);
  assert.match(refusal(`${'['.repeat(100_000)}${']'.repeat(100_000)}`) ?? '', /INVALID_JSON_DESCRIPTION/);
});

test('a resource says who does the task, and how its end is known', () => {
  const seen = (arn: string): readonly unknown[] => {
    const resource = parseTaskResource(arn);
    return resource?.kind === 'service'
      ? [resource.resourceType, resource.resource, resource.pattern, resource.sdk]
      : [resource?.kind];
  };
  assert.deepEqual(seen('arn:aws:states:::sqs:sendMessage.waitForTaskToken'), [
    'sqs',
    'sendMessage.waitForTaskToken',
    'waitForTaskToken',
    false,
  ]);
  assert.deepEqual(seen('arn:aws:states:::states:startExecution.sync:2'), ['states', 'startExecution.sync:2', 'sync2', false]);
  assert.deepEqual(seen('arn:aws:states:::aws-sdk:dynamodb:putItem'), ['aws-sdk:dynamodb', 'putItem', 'requestResponse', true]);
  assert.deepEqual(seen('arn:aws:states:us-east-1:111111111111:activity:review'), ['activity']);
  assert.deepEqual(seen('arn:aws:lambda:us-east-1:111111111111:function:work:live'), ['function']);
  assert.deepEqual(seen('https://example.com'), [undefined]);
});

test('a resource is an action that there is, waited for in a way that there is', () => {
  const task = (resource: string): Json => of({ A: { Type: 'Task', Resource: resource, End: true } });
  const known = [
    'sqs:sendMessage.waitForTaskToken',
    'states:startExecution.sync:2',
    'aws-sdk:dynamodb:putItem',
    'glue:startJobRun.sync',
  ];
  for (const name of known) assert.equal(refusal(task(`arn:aws:states:::${name}`)), undefined, name);
  const unknown = [
    'sqs:sendMail',
    'mail:send',
    'sqs:sendMessage.sync',
    'lambda:invoke.sync:2',
    'aws-sdk:s3:getObject.sync',
    'constructor:call',
  ];
  for (const name of unknown) assert.match(refusal(task(`arn:aws:states:::${name}`)) ?? '', /is not recognized/, name);
  assert.match(
    refusal(task('arn:aws:states:::states:startExecution.sync'), 'EXPRESS') ?? '',
    /does not support '\.sync' service integration/,
  );
});

test('each state is told of with the variables that it refers to', () => {
  const read = readDefinition(
    JSON.stringify(
      of({
        Set: { Type: 'Pass', Assign: { a: 1, 'b.$': '$.x' }, Next: 'Use' },
        Use: {
          Type: 'Pass',
          Parameters: { 'x.$': '$a.b', 'y.$': "States.Format('{}', $.list[?(@.n > $limit)])", plain: '$c' },
          Next: 'Both',
        },
        Both: {
          Type: 'Parallel',
          QueryLanguage: 'JSONata',
          Arguments: '{% ($own := $a; $map($b, function($v) { $v + $own + $states.input.n })) %}',
          Branches: [
            {
              StartAt: 'In',
              States: {
                In: { Type: 'Choice', Choices: [{ Variable: '$d', IsPresent: true, Next: 'End' }], Default: 'End' },
                End: { Type: 'Succeed' },
              },
            },
          ],
          End: true,
        },
      }),
    ),
    'STANDARD',
  );
  assert(read.kind === 'machine', JSON.stringify(read));
  assert.deepEqual(variableReferences(read.machine), { Use: ['a', 'limit'], Both: ['a', 'b'], In: ['d'] });
});
