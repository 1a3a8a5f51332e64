// Stop: the plane operators, people and launchers call.
export { createControl } from './app.ts'
export type { ControlDeps } from './deps.ts'
export { awaitedByNode, otherNodes } from './nodes/nodes.ts'
export { ensureFirstOperator, FIRST_OPERATOR, writeOperatorToken } from './operators/first-operator.ts'
export { openOperatorRegistry } from './operators/operator-registry.ts'
export type { OperatorRegistry } from './operators/operator-registry.ts'
