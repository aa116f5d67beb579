// The optimised integrations: which services, actions and ways to wait Step Functions has, and which of them are served here.
// https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html

import type { IntegrationPattern } from '#workflows';
import type { ClientName } from './service-error.ts';

export type Integration = {
  readonly client: ClientName;
  /** What the same service is called through `aws-sdk:`. */
  readonly sdkName: string;
  readonly contentType: string;
  readonly actions: Readonly<Record<string, Action>>;
};

export type Action = {
  readonly patterns: readonly IntegrationPattern[];
  /** The parameters that Step Functions lets through. */
  readonly parameters: ReadonlySet<string>;
};

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

const ASK: readonly IntegrationPattern[] = ['requestResponse'];
const ASK_OR_CALL_BACK: readonly IntegrationPattern[] = ['requestResponse', 'waitForTaskToken'];
const ALL: readonly IntegrationPattern[] = ['requestResponse', 'sync', 'sync2', 'waitForTaskToken'];

const JSON_1_0 = 'application/x-amz-json-1.0';

/** Which of an item's operation the service shows of what it did. */
const RETURNS = 'ReturnConsumedCapacity ReturnItemCollectionMetrics ReturnValues ReturnValuesOnConditionCheckFailure';
const CONDITION = 'ConditionExpression ConditionalOperator Expected ExpressionAttributeNames ExpressionAttributeValues';

/** By what stands after `arn:aws:states:::`. */
export const INTEGRATIONS: Readonly<Record<string, Integration>> = {
  sqs: {
    client: { prefix: 'SQS', service: 'AmazonSQS', exception: 'AmazonSQSException' },
    sdkName: 'sqs',
    contentType: JSON_1_0,
    actions: {
      sendMessage: {
        patterns: ASK_OR_CALL_BACK,
        parameters: words('DelaySeconds MessageAttributes MessageBody MessageDeduplicationId MessageGroupId QueueUrl'),
      },
    },
  },
  sns: {
    client: { prefix: 'SNS', service: 'AmazonSNS', exception: 'AmazonSNSException' },
    sdkName: 'sns',
    contentType: 'text/xml',
    actions: {
      publish: {
        patterns: ASK_OR_CALL_BACK,
        parameters: words(
          'Message MessageAttributes MessageDeduplicationId MessageGroupId MessageStructure PhoneNumber Subject TargetArn TopicArn',
        ),
      },
    },
  },
  events: {
    client: { prefix: 'EventBridge', service: 'AmazonEventBridge', exception: 'AmazonEventBridgeException' },
    sdkName: 'eventbridge',
    contentType: 'application/x-amz-json-1.1',
    actions: { putEvents: { patterns: ASK_OR_CALL_BACK, parameters: words('Entries') } },
  },
  dynamodb: {
    client: { prefix: 'DynamoDB', service: 'AmazonDynamoDBv2', exception: 'AmazonDynamoDBException' },
    sdkName: 'dynamodb',
    contentType: JSON_1_0,
    actions: {
      getItem: {
        patterns: ASK,
        parameters: words(
          'AttributesToGet ConsistentRead ExpressionAttributeNames Key ProjectionExpression ReturnConsumedCapacity TableName',
        ),
      },
      putItem: { patterns: ASK, parameters: words(`Item TableName ${CONDITION} ${RETURNS}`) },
      deleteItem: { patterns: ASK, parameters: words(`Key TableName ${CONDITION} ${RETURNS}`) },
      updateItem: { patterns: ASK, parameters: words(`AttributeUpdates Key TableName UpdateExpression ${CONDITION} ${RETURNS}`) },
    },
  },
  states: {
    client: { prefix: 'StepFunctions', service: 'AWSStepFunctions', exception: 'AWSStepFunctionsException' },
    sdkName: 'sfn',
    contentType: JSON_1_0,
    actions: { startExecution: { patterns: ALL, parameters: words('Input Name StateMachineArn TraceHeader') } },
  },
};

/** Those with a way of their own. */
export const OWN_INTEGRATIONS: Readonly<Record<string, Readonly<Record<string, readonly IntegrationPattern[]>>>> = {
  lambda: { invoke: ASK_OR_CALL_BACK },
  http: { invoke: ASK },
};
