// What is asked of map runs, and what is answered: the words of the API, before they are on the wire.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeMapRun.html

import type { Scope } from '#kernel';

export type MapRunStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED';

export type MapRunCounts = {
  readonly pending: number;
  readonly running: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly timedOut: number;
  readonly aborted: number;
  readonly total: number;
  readonly resultsWritten: number;
  readonly failuresNotRedrivable: number;
  readonly pendingRedrive: number;
};

export type MapRunListItem = {
  readonly mapRunArn: string;
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly startedAtMs: number;
  readonly stoppedAtMs: number | undefined;
};

export type MapRunDescription = MapRunListItem & {
  readonly status: MapRunStatus;
  readonly maxConcurrency: number;
  readonly toleratedFailureCount: number;
  readonly toleratedFailurePercentage: number;
  readonly itemCounts: MapRunCounts;
  readonly executionCounts: MapRunCounts;
  readonly redriveCount: number;
  readonly redrivenAtMs: number | undefined;
};

export type MapRunChange = {
  readonly scope: Scope;
  readonly mapRunArn: string;
  readonly maxConcurrency: number | undefined;
  readonly toleratedFailureCount: number | undefined;
  readonly toleratedFailurePercentage: number | undefined;
};

export type MapRunQuery = {
  readonly scope: Scope;
  readonly executionArn: string;
  readonly maxResults?: number | undefined;
  readonly nextToken?: string | undefined;
};

export type MapRunPage = { readonly items: readonly MapRunListItem[]; readonly nextToken: string | undefined };
