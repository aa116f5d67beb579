// The platform's own events for the Telemetry API: what Lambda says about inits and invocations, in its words.
// https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
'use strict';

const fs = require('node:fs');
const { performance } = require('node:perf_hooks');

const INIT = { initializationType: 'on-demand', phase: 'init' };

class InvocationEvents {
  #telemetry;
  #head;
  #initBeganMs;
  #initMs;
  #current;

  constructor({ telemetry, head }) {
    this.#telemetry = telemetry;
    this.#head = head;
  }

  initStarted() {
    this.#initBeganMs = performance.now();
    const { functionName, functionVersion } = this.#head.constants;
    const runtimeVersion = versionOf(this.#head.environment.AWS_EXECUTION_ENV);
    this.#telemetry.emit('platform.initStart', { ...INIT, runtimeVersion, functionName, functionVersion });
  }

  initDone(status) {
    this.#telemetry.emit('platform.initRuntimeDone', { ...INIT, status });
  }

  initReported(status) {
    this.#initMs = performance.now() - this.#initBeganMs;
    this.#telemetry.emit('platform.initReport', { ...INIT, status, metrics: { durationMs: rounded(this.#initMs) } });
  }

  invocationStarted(head) {
    const tracing = head.traceHeader === undefined ? {} : { tracing: { type: 'X-Amzn-Trace-Id', value: head.traceHeader } };
    this.#current = { requestId: head.requestId, tracing, beganMs: performance.now(), status: undefined };
    this.#telemetry.emit('platform.start', {
      requestId: head.requestId,
      version: this.#head.constants.functionVersion,
      ...tracing,
    });
  }

  /** Once for each invocation; `payload` is what the runtime answered. */
  runtimeDone(status, payload) {
    const { requestId, tracing, beganMs, status: before } = this.#current;
    if (before !== undefined) return;
    this.#current.status = status;
    const metrics = { durationMs: rounded(performance.now() - beganMs), producedBytes: payload?.byteLength ?? 0 };
    const errorType = status === 'success' || payload === undefined ? undefined : errorTypeIn(payload);
    this.#telemetry.emit('platform.runtimeDone', {
      requestId,
      status,
      ...(errorType === undefined ? {} : { errorType }),
      metrics,
      ...tracing,
    });
  }

  invocationReported() {
    const { requestId, tracing, beganMs, status } = this.#current;
    const initDurationMs = this.#initMs;
    this.#initMs = undefined;
    const durationMs = performance.now() - beganMs;
    const metrics = {
      durationMs: rounded(durationMs),
      billedDurationMs: Math.ceil(durationMs + (initDurationMs ?? 0)),
      memorySizeMB: this.#head.memoryMiB,
      ...(this.#telemetry.wants('platform') ? { maxMemoryUsedMB: peakMemoryMiB() } : {}),
      ...(initDurationMs === undefined ? {} : { initDurationMs: rounded(initDurationMs) }),
    };
    this.#telemetry.emit('platform.report', { requestId, status, metrics, ...tracing });
  }
}

/** `AWS_Lambda_nodejs24.x` → `nodejs:24` */
function versionOf(executionEnvironment = '') {
  return executionEnvironment.replace(/^AWS_Lambda_([a-z]+)\.?(.+?)(?:\.x)?$/, '$1:$2');
}

const rounded = (ms) => Math.round(ms * 1000) / 1000;

function errorTypeIn(payload) {
  try {
    const { errorType } = JSON.parse(payload.toString('utf8'));
    return typeof errorType === 'string' ? errorType : undefined;
  } catch {
    // A runtime may answer an error with anything.
    return undefined;
  }
}

/** The processes' own peaks added up: the group's is the platform's to know. */
function peakMemoryMiB() {
  let kibibytes = 0;
  for (const pid of fs.readdirSync('/proc')) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
    try {
      kibibytes += Number(/^VmHWM:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0);
    } catch {
      // It ended meanwhile, or is none of ours.
      continue;
    }
  }
  return Math.ceil(kibibytes / 1024);
}

module.exports = { InvocationEvents };
