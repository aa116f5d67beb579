// Which actions of which services can be a task, and which ways to wait for them there are. https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html

import type { IntegrationPattern, TaskResource } from './task-resource.ts';

const SYNC: readonly IntegrationPattern[] = ['requestResponse', 'sync'];
const CALLBACK: readonly IntegrationPattern[] = ['requestResponse', 'waitForTaskToken'];
const REQUEST: readonly IntegrationPattern[] = ['requestResponse'];

function each(
  patterns: readonly IntegrationPattern[],
  ...actions: readonly string[]
): Readonly<Record<string, readonly IntegrationPattern[]>> {
  return Object.fromEntries(actions.map((action) => [action, patterns]));
}

const OPTIMISED: Readonly<Record<string, Readonly<Record<string, readonly IntegrationPattern[]>>>> = {
  apigateway: each(CALLBACK, 'invoke'),
  athena: {
    ...each(SYNC, 'startQueryExecution'),
    ...each(REQUEST, 'stopQueryExecution', 'getQueryExecution', 'getQueryResults'),
  },
  batch: each(SYNC, 'submitJob'),
  bedrock: {
    ...each(['requestResponse', 'waitForTaskToken'], 'invokeModel'),
    ...each(SYNC, 'createModelCustomizationJob'),
  },
  codebuild: {
    ...each(SYNC, 'startBuild', 'startBuildBatch', 'retryBuildBatch'),
    ...each(REQUEST, 'stopBuild', 'stopBuildBatch', 'batchDeleteBuilds', 'deleteBuildBatch', 'batchGetReports'),
  },
  databrew: each(SYNC, 'startJobRun'),
  dynamodb: each(REQUEST, 'getItem', 'putItem', 'deleteItem', 'updateItem'),
  ecs: { runTask: ['requestResponse', 'sync', 'waitForTaskToken'] },
  eks: {
    ...each(
      SYNC,
      'createCluster',
      'deleteCluster',
      'createFargateProfile',
      'deleteFargateProfile',
      'createNodegroup',
      'deleteNodegroup',
      'runJob',
    ),
    ...each(REQUEST, 'call'),
  },
  elasticmapreduce: {
    ...each(SYNC, 'createCluster', 'terminateCluster', 'addStep'),
    ...each(REQUEST, 'setClusterTerminationProtection', 'cancelStep', 'modifyInstanceFleetByName', 'modifyInstanceGroupByName'),
  },
  'emr-containers': { ...each(SYNC, 'deleteVirtualCluster', 'startJobRun'), ...each(REQUEST, 'createVirtualCluster') },
  'emr-serverless': each(
    SYNC,
    'createApplication',
    'startApplication',
    'stopApplication',
    'deleteApplication',
    'startJobRun',
    'cancelJobRun',
  ),
  events: each(CALLBACK, 'putEvents'),
  glue: each(SYNC, 'startJobRun'),
  http: each(REQUEST, 'invoke'),
  lambda: each(CALLBACK, 'invoke'),
  mediaconvert: each(SYNC, 'createJob'),
  sagemaker: {
    ...each(
      SYNC,
      'createHyperParameterTuningJob',
      'createLabelingJob',
      'createProcessingJob',
      'createTrainingJob',
      'createTransformJob',
    ),
    ...each(REQUEST, 'createEndpoint', 'createEndpointConfig', 'createModel', 'updateEndpoint'),
  },
  sns: each(CALLBACK, 'publish'),
  sqs: each(CALLBACK, 'sendMessage'),
  states: { startExecution: ['requestResponse', 'sync', 'sync2', 'waitForTaskToken'] },
};

/** Through `aws-sdk:` any operation of any service may be meant: which there are is known where it is called. */
export function isIntegration(resource: Extract<TaskResource, { kind: 'service' }>): boolean {
  if (resource.sdk) return CALLBACK.includes(resource.pattern);
  const actions = Object.hasOwn(OPTIMISED, resource.service) ? OPTIMISED[resource.service] : undefined;
  const patterns = actions !== undefined && Object.hasOwn(actions, resource.action) ? actions[resource.action] : undefined;
  return patterns?.includes(resource.pattern) === true;
}
