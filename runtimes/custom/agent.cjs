// One of the platform's own runtimes as a child of the supervisor, because extensions or a wrapper script start with it: its agent speaks the
// same frames, which are passed on as they are.
'use strict';

const { Channel, KIND } = require('./channel.cjs');
const { start } = require('./programs.cjs');

const FINAL = new Set([KIND.returned, KIND.threw, KIND.tooLarge]);
const WRAPPER = 'AWS_LAMBDA_EXEC_WRAPPER';

class AgentRuntime {
  #command;
  #limits;
  #listener;
  #channel;
  #specialise;

  /** `listener`: ready(), initFailed(payload), answered(kind, members, payload), idle(), passUp(kind, head, payload) */
  constructor({ command, limits, listener }) {
    this.#command = command;
    this.#limits = limits;
    this.#listener = listener;
  }

  /** Resolves with `{ child }` or `{ failure }`. The environment is the process's own from its start on; so the agent is told none. */
  async start({ head, payload, environment, onLine }) {
    const wrapper = wrapperIn(environment, head);
    const command = wrapper === undefined ? this.#command : [wrapper, ...this.#command];
    const started = await start({ command, environment, cwd: head.taskRoot, withChannel: true, onLine });
    if (started.child === undefined) return started;
    this.#specialise = { head: { ...head, environment: undefined, atOnce: 1 }, payload };
    this.#channel = new Channel(
      started.child.stdio[3],
      (kind, answerHead, answer) => this.#receive(kind, answerHead, answer),
      // Its end is told by the exit of its process.
      () => {},
    );
    // Its function waits already: nothing is loaded for the case that it may be needed.
    this.#channel.send(KIND.boot, { isAwaited: true, nonce: head.nonce, ...this.#limits });
    return started;
  }

  invoke(head, payload) {
    this.#channel.send(KIND.invoke, head, payload);
  }

  /** What the platform says besides: credit for a stream, a code cache that is wanted. */
  passDown(kind, head, payload) {
    this.#channel.send(kind, head, payload);
  }

  #receive(kind, { nonce: _, ...members }, payload) {
    if (kind === KIND.ready) this.#channel.send(KIND.specialise, this.#specialise.head, this.#specialise.payload);
    else if (kind === KIND.initialised) this.#listener.ready();
    else if (kind === KIND.initFailed) this.#listener.initFailed(payload, members);
    else if (FINAL.has(kind)) {
      this.#listener.answered(kind, members, payload);
      this.#listener.idle();
    } else this.#listener.passUp(kind, { nonce: _, ...members }, payload);
  }
}

/** `/opt/wrapper` where layers are in /opt, or wherever they are instead. */
function wrapperIn(environment, { layerRoot, taskRoot }) {
  const path = environment[WRAPPER];
  if (path === undefined || path === '') return undefined;
  if (path.startsWith('/opt/')) return layerRoot + path.slice('/opt'.length);
  return path.startsWith('/var/task/') ? taskRoot + path.slice('/var/task'.length) : path;
}

module.exports = { AgentRuntime };
