// Whether a definition can be run here: by the language, and by what its tasks name.

import { ApiError, LIMITS } from '#kernel';
import { readDefinition, refusalOf, type Diagnostic, type TaskResource } from '#workflows';
import type { MachineType } from './machine-record.ts';

/** Why no task can name that resource here; undefined where one can. */
export type ResourceRefusal = (resource: TaskResource) => string | undefined;

/** All that is wrong with it, and then what is hardly meant so: warnings refuse nothing. */
export function diagnose(definition: string, type: MachineType, resourceRefusal: ResourceRefusal): readonly Diagnostic[] {
  const most = LIMITS.definitionBytes;
  if (Buffer.byteLength(definition) > most)
    return [{ severity: 'ERROR', code: 'DEFINITION_TOO_LARGE', message: `A definition has at most ${most} bytes` }];
  const read = readDefinition(definition, type);
  if (read.kind === 'invalid') return [...read.diagnostics, ...read.warnings];
  const found: Diagnostic[] = [];
  for (const { states } of read.machine.flows.values())
    for (const state of states.values()) {
      const why = state.kind === 'Task' ? resourceRefusal(state.resource) : undefined;
      if (why === undefined || state.kind !== 'Task') continue;
      found.push({
        severity: 'ERROR',
        code: 'SCHEMA_VALIDATION_FAILED',
        message: `The resource provided ${state.resource.arn} is not recognized. ${why}`,
        location: `${state.path}/Resource`,
      });
    }
  return [...found, ...read.warnings];
}

/** Throws InvalidDefinition, in AWS's words. */
export function checkDefinition(definition: string, type: MachineType, resourceRefusal: ResourceRefusal): void {
  const errors = diagnose(definition, type, resourceRefusal).filter(({ severity }) => severity === 'ERROR');
  if (errors.length > 0) throw new ApiError('InvalidDefinition', refusalOf(errors));
}
