// https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html

import { when, type SfnHandler } from './operation.ts';

const DIAGNOSTICS_MAX = 100;

export const validateStateMachineDefinition: SfnHandler<'ValidateStateMachineDefinition'> =
  ({ machines }) =>
  async ({ definition, type = 'STANDARD', severity = 'ERROR', maxResults }) => {
    const found = machines.diagnose(definition, type);
    // WARNING asks for warnings too.
    const wanted = found.filter((diagnostic) => severity === 'WARNING' || diagnostic.severity === 'ERROR');
    // 0 asks for as many as by default.
    const shown = wanted.slice(0, maxResults || DIAGNOSTICS_MAX);
    return {
      result: found.some((diagnostic) => diagnostic.severity === 'ERROR') ? 'FAIL' : 'OK',
      diagnostics: shown.map(({ severity: how, code, message, location }) => ({
        severity: how,
        code,
        message,
        ...when('location', location),
      })),
      truncated: shown.length < wanted.length,
    };
  };
