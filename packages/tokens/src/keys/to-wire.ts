// Our claims as the members of a JWT payload. Conversion only: whether a token should exist was decided before.
import type { RuntimeClaims, TaskClaims } from '../claims.ts'

export type UnsignedRuntimeClaims = Omit<RuntimeClaims, 'kid' | 'typ'>
export type UnsignedTaskClaims = Omit<TaskClaims, 'kid' | 'typ'>

export function runtimeToWire(claims: UnsignedRuntimeClaims): Record<string, unknown> {
  return {
    iss: claims.iss,
    sub: claims.sub,
    sub_id: claims.subId,
    aud: claims.aud,
    ...commonToWire(claims),
    // An empty `scope` would read as "no restriction" somewhere: it is left out instead.
    ...(claims.scope.length > 0 && { scope: claims.scope.join(' ') }),
    ...(claims.act !== undefined && { act: claims.act }),
    ...(claims.cnf !== undefined && { cnf: claims.cnf }),
  }
}

export function taskToWire(claims: UnsignedTaskClaims): Record<string, unknown> {
  return {
    iss: claims.iss,
    sub: claims.sub,
    sub_id: claims.subId,
    aud: claims.iss,
    ...commonToWire(claims),
    ...(claims.cnf !== undefined && { cnf: claims.cnf }),
  }
}

function commonToWire(claims: UnsignedTaskClaims): Record<string, unknown> {
  return {
    client_id: claims.clientId,
    jti: claims.jti,
    iat: claims.iat,
    exp: claims.exp,
    task_id: claims.taskId,
    kep: [claims.kep.epoch, claims.kep.revision],
  }
}
