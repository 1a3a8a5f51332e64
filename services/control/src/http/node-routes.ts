// The door nodes report through: `POST /v1/nodes/<id>/journal`. In order: who it is, then a bounded body, then the copies take it or say where they end.
// A batch that was taken is no audit record of its own: it is records already.
import { TLSSocket } from 'node:tls'
import { Router } from 'express'
import type { Request, Response } from 'express'
import { certificateNames, denialOfFault, deny, newDecisionId, nowSeconds } from '@bailiwick/core'
import type { Denial } from '@bailiwick/core'
import type { ShipmentReceipt } from '@bailiwick/audit'
import { readBody } from '@bailiwick/runtime'
import { authenticateNode } from '../callers/authenticate-node.ts'
import type { ControlDeps } from '../deps.ts'
import { presentedOf } from './presented.ts'
import { sendProblem } from './problem.ts'

/** Several times what a node sends at once, and what JSON makes of its quotes. */
const MAX_BODY_BYTES = 2 * 1024 * 1024
const JSON_TYPE = /^application\/json(?:\s*;\s*charset=utf-8)?$/i

export function nodeRoutes(deps: ControlDeps): Router {
  return Router().post('/v1/nodes/:id/journal', receiverOf(deps))
}

function receiverOf(deps: ControlDeps): (request: Request, response: Response) => Promise<void> {
  return async (request, response) => {
    try {
      const outcome = await take(deps, request)
      if (outcome.ok) sendReceipt(response, outcome.receipt)
      else refuse(deps, response, outcome.denial)
    } catch (thrown) {
      // Busy or short of space: the node comes again with the same. Nothing of it was taken.
      deps.log.warn({ err: thrown, node: request.params['id'] }, 'records of a node were not taken')
      sendProblem(response, denialOfFault(thrown), newDecisionId(deps.clock.nowMs()))
    }
  }
}

type Taking = { readonly ok: true; readonly receipt: ShipmentReceipt } | { readonly ok: false; readonly denial: Denial }

async function take(deps: ControlDeps, request: Request): Promise<Taking> {
  const { id } = request.params
  const { socket } = request
  const certificate = socket instanceof TLSSocket && socket.authorized ? certificateNames(socket.getPeerCertificate().subjectaltname) : undefined
  const presented = { ...presentedOf(request, undefined, deps.config), certificate }
  const node = await authenticateNode(deps, presented, typeof id === 'string' ? id : '', nowSeconds(deps.clock))
  if (!node.ok) return node
  if (!JSON_TYPE.test(request.headers['content-type'] ?? '')) return deny({ reason: 'body_unreadable', problem: 'encoding', detail: 'content_type' })
  const body = await readBody(request, MAX_BODY_BYTES)
  if (!body.ok) return deny({ reason: 'body_unreadable', problem: body.problem === 'too_large' ? 'too_large' : 'partial', detail: body.problem })
  const receipt = await deps.shipped.take(node.value, body.bytes)
  if (receipt.outcome === 'taken') return { ok: true, receipt }
  deps.log.warn({ node: node.value, outcome: receipt.outcome, problem: receipt.problem, watermark: receipt.watermark }, 'records of a node do not fit')
  if (receipt.outcome === 'malformed') return deny({ reason: 'request_malformed', detail: receipt.problem ?? 'batch' })
  return { ok: true, receipt }
}

/** 409: what was sent does not follow what is held; `watermark` says where to go on, where that is possible. */
function sendReceipt(response: Response, { outcome, watermark, hash }: ShipmentReceipt): void {
  response
    .status(outcome === 'taken' ? 200 : 409)
    .set('cache-control', 'no-store')
    .json({ outcome, watermark, hash })
}

function refuse(deps: ControlDeps, response: Response, denial: Denial): void {
  const decisionId = newDecisionId(deps.clock.nowMs())
  deps.journal.countRefusal({ kind: 'refusals', decision_id: decisionId, effect: 'deny', reason: denial.reason, plane: 'operators', door: 'nodes' })
  deps.log.warn({ reason: denial.reason, detail: denial.detail }, 'a report was refused')
  sendProblem(response, denial, decisionId)
}
