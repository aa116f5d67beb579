// The built-ins that the agent itself uses, taken before any user code runs: a function may replace or poison every global it finds,
// and its own answer must still leave by the agent's hands. Nothing in the agent iterates, spreads or calls a method that user code can reach.
'use strict';

/* oxlint-disable typescript/unbound-method, unicorn/no-thenable -- taking methods off their prototypes is the purpose of this file */

const uncurryThis = Function.prototype.bind.bind(Function.prototype.call);
const fs = require('node:fs');
const util = require('node:util');

module.exports = {
  uncurryThis,
  parseJson: JSON.parse,
  stringifyJson: JSON.stringify,
  apply: Reflect.apply,
  assign: Object.assign,
  setPrototypeOf: Object.setPrototypeOf,
  now: Date.now,
  monotonicMs: performance.now.bind(performance),
  isArray: Array.isArray,
  then: uncurryThis(Promise.prototype.then),
  toIsoString: uncurryThis(Date.prototype.toISOString),
  toText: String,
  split: uncurryThis(String.prototype.split),
  indexOf: uncurryThis(String.prototype.indexOf),
  lastIndexOf: uncurryThis(String.prototype.lastIndexOf),
  slice: uncurryThis(String.prototype.slice),
  endsWith: uncurryThis(String.prototype.endsWith),
  toUpperCase: uncurryThis(String.prototype.toUpperCase),
  replaceAll: uncurryThis(String.prototype.replaceAll),
  bufferFrom: Buffer.from,
  allocUnsafe: Buffer.allocUnsafe,
  byteLength: Buffer.byteLength,
  utf8Slice: uncurryThis(Buffer.prototype.utf8Slice),
  utf8Write: uncurryThis(Buffer.prototype.utf8Write),
  copyBytes: uncurryThis(Buffer.prototype.copy),
  subarray: uncurryThis(Buffer.prototype.subarray),
  readUInt32LE: uncurryThis(Buffer.prototype.readUInt32LE),
  writeUInt32LE: uncurryThis(Buffer.prototype.writeUInt32LE),
  setBytes: uncurryThis(Uint8Array.prototype.set),
  setImmediate,
  queueMicrotask,
  nextTick: process.nextTick,
  writeSync: fs.writeSync,
  readSync: fs.readSync,
  readFileSync: fs.readFileSync,
  existsSync: fs.existsSync,
  formatText: util.format,
  isNativeError: util.types.isNativeError,
  reallyExit: process.reallyExit.bind(process),
  wait: Atomics.wait,
  DateConstructor: Date,
  ErrorConstructor: Error,
};
