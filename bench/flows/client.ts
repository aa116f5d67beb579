// The requests of a workflow, as few as there are: its start, and its end, which is waited for.

import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { sign } from '../../cli/http/signer.ts';
import type { Credentials } from '../../cli/http/signer.ts';

interface Scope {
  readonly credentials: Credentials;
  readonly region: string;
}

/** The two requests of a workflow, written by hand: an SDK's client costs more than the platform. */
export class FlowClient {
  readonly #agent = new Agent({ keepAlive: true });
  readonly #host: string;
  readonly #scope: Scope;

  constructor(endpoint: string, scope: Scope) {
    this.#host = new URL(endpoint).host;
    this.#scope = scope;
  }

  /** Starts an execution, and resolves with its ARN when it has ended. */
  async end(stateMachineArn: string, input: string): Promise<string> {
    const { executionArn } = await this.#start(stateMachineArn, input);
    await this.#ended(executionArn);
    return executionArn;
  }

  async result(stateMachineArn: string, input: string): Promise<string> {
    const { executionArn } = await this.#start(stateMachineArn, input);
    const { status, output } = await this.#ended(executionArn);
    assert.equal(status, 'SUCCEEDED');
    return output ?? '';
  }

  close(): void {
    this.#agent.destroy();
  }

  async #start(stateMachineArn: string, input: string): Promise<{ readonly executionArn: string }> {
    const body = JSON.stringify({ stateMachineArn, input });
    const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AWSStepFunctions.StartExecution' };
    return (await this.#send({ service: 'states', method: 'POST', path: '/', headers, body })) as {
      readonly executionArn: string;
    };
  }

  async #ended(executionArn: string): Promise<{ readonly status: string; readonly output?: string }> {
    const path = `/_mayfly/executions/${encodeURIComponent(executionArn)}/end`;
    const answer = await this.#send({ service: 'mayfly', method: 'GET', path, headers: {}, body: undefined });
    return answer as { readonly status: string; readonly output?: string };
  }

  #send(call: {
    readonly service: string;
    readonly method: string;
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string | undefined;
  }): Promise<unknown> {
    const { service, body, ...rest } = call;
    const bytes = body === undefined ? undefined : Buffer.from(body);
    const signed = sign({ ...rest, query: [], host: this.#host, body: bytes }, this.#scope.credentials, {
      service,
      region: this.#scope.region,
      now: new Date(),
    });
    const [hostname = '', port = ''] = this.#host.split(':');
    const { path } = call;
    return new Promise((resolve, reject) => {
      const sent = request({ agent: this.#agent, hostname, port, path, method: call.method, headers: signed }, (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (part: string) => (text += part));
        answer.on('end', () =>
          answer.statusCode === 200 ? resolve(JSON.parse(text)) : reject(new Error(`${path}: ${answer.statusCode} ${text}`)),
        );
      });
      sent.on('error', reject);
      sent.end(bytes);
    });
  }
}
