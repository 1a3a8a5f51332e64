// path: services/control/src/tasks/bad.ts
// refused by: oxlint, layers
import { sendProblem } from '../http/problem.ts'
export const x = sendProblem
