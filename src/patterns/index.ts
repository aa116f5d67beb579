// patterns: the language in which rules, event source mappings, pipes and subscriptions say which events they want.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
//
// Its promise: a pattern means what it means to AWS (event-ruler is the reference), no pattern and no event takes long, and an event costs
// about as much against ten thousand patterns as against ten. Pure: owns no state but that of the indexes that it hands out.

export { compilePattern, eventTest } from './compile-pattern.ts';
export type { EventTest } from './compile-pattern.ts';
export { InvalidPattern, parsePattern } from './pattern-syntax.ts';
export type { Pattern } from './pattern-syntax.ts';
export { RuleIndex } from './rule-index.ts';
export type { Scalar } from './operators.ts';
export { quotedText, templatePieces } from './template-pieces.ts';
