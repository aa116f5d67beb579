// The AWS CLI and boto3, where they are installed, against the same gateway.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { CLIS, PYTHONS, toolEnvironment } from '../../support/aws-tools.ts';
import { eventOf, openEventBridgeService, QUEUE_ARN, type EventBridgeService } from '../../support/eventbridge-service.ts';
import { ROOT_KEY } from '../../support/one-service.ts';

const run = promisify(execFile);
const [cli] = CLIS;
const [python] = PYTHONS;

let service: EventBridgeService;
before(async () => {
  service = await openEventBridgeService();
});
after(() => service.close());

const environment = () => toolEnvironment(service.endpoint, ROOT_KEY);

describe('AWS CLI', { skip: cli === undefined ? 'no AWS CLI is installed' : false }, () => {
  const aws = async (...words: readonly string[]) =>
    (
      await run(cli?.command ?? '', ['--endpoint-url', service.endpoint, '--output', 'json', 'events', ...words], {
        env: environment(),
      })
    ).stdout;

  test('makes a rule, puts an event and tests a pattern', async () => {
    await aws('put-rule', '--name', 'cli', '--event-pattern', '{"source":["cli"]}', '--tags', 'Key=a,Value=b');
    const put = JSON.parse(await aws('put-targets', '--rule', 'cli', '--targets', `Id=t,Arn=${QUEUE_ARN}`)) as {
      FailedEntryCount: number;
    };
    assert.equal(put.FailedEntryCount, 0);
    await aws(
      'put-events',
      '--entries',
      JSON.stringify([{ Source: 'cli', DetailType: 'x', Detail: '{"n":1}', Time: '2026-01-02T03:04:05Z' }]),
    );
    const [event] = (await service.outbox()).map(eventOf);
    assert.deepEqual([event?.['time'], event?.['detail']], ['2026-01-02T03:04:05Z', { n: 1 }]);
    const rule = JSON.parse(await aws('describe-rule', '--name', 'cli')) as { EventPattern: string };
    assert.equal(rule.EventPattern, '{"source":["cli"]}');
    const tested = JSON.parse(
      await aws('test-event-pattern', '--event-pattern', '{"source":["cli"]}', '--event', JSON.stringify(event)),
    ) as { Result: boolean };
    assert.equal(tested.Result, true);
    await assert.rejects(aws('delete-rule', '--name', 'cli'), /ValidationException.*since it has targets/);
  });
});

const PROGRAM = `
import boto3, json, sys, datetime
events = boto3.client('events', endpoint_url=sys.argv[1])
bus = events.create_event_bus(Name='boto')['EventBusArn']
for n in range(5):
    events.put_rule(Name='r%d' % n, EventBusName='boto', EventPattern=json.dumps({'source': ['boto'], 'detail': {'n': [n]}}))
    events.put_targets(Rule='r%d' % n, EventBusName='boto', Targets=[{'Id': 't', 'Arn': sys.argv[2]}])
rules = [rule['Name'] for page in events.get_paginator('list_rules').paginate(EventBusName='boto', PaginationConfig={'PageSize': 2}) for rule in page['Rules']]
names = [name for page in events.get_paginator('list_rule_names_by_target').paginate(EventBusName=bus, TargetArn=sys.argv[2], PaginationConfig={'PageSize': 2}) for name in page['RuleNames']]
put = events.put_events(Entries=[{'Source': 'boto', 'DetailType': 'x', 'Detail': json.dumps({'n': n}), 'EventBusName': bus, 'Time': datetime.datetime(2026, 1, 2)} for n in (3, 9)])
try:
    events.create_event_bus(Name='boto')
    error = None
except events.exceptions.ResourceAlreadyExistsException as e:
    error = e.response['Error']['Message']
try:
    events.put_rule(Name='bad', EventPattern='{}')
except events.exceptions.InvalidEventPatternException as e:
    reason = e.response['Error']['Message'].split('\\n')[0]
print(json.dumps({'rules': rules, 'names': names, 'failed': put['FailedEntryCount'], 'error': error, 'reason': reason}))
`;

describe('boto3', { skip: python === undefined ? 'no Python with boto3 is installed' : false }, () => {
  test('pages through rules and knows the errors', async () => {
    const { stdout } = await run(python?.command ?? '', ['-c', PROGRAM, service.endpoint, QUEUE_ARN], { env: environment() });
    const rules = ['r0', 'r1', 'r2', 'r3', 'r4'];
    assert.deepEqual(JSON.parse(stdout), {
      rules,
      names: rules,
      failed: 0,
      error: 'Event bus boto already exists.',
      reason: 'Event pattern is not valid. Reason: Empty objects are not allowed',
    });
    assert.deepEqual(
      (await service.outbox()).map((entry) => eventOf(entry)['detail']),
      [{ n: 3 }],
    );
  });
});
