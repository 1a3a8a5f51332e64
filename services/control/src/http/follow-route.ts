// `GET /v1/decisions/stream`: audit records as server-sent events, as they become durable here: this node's own, and those of others as they are copied. A slow reader loses records (and is told how
// many), it never delays one; what it missed is in `GET /v1/decisions`.
import type { Request, Response } from 'express'
import type { AuditRecord } from '@bailiwick/audit'
import { answerAct } from '../answer-act.ts'
import { followDecisions } from '../decisions/read-decisions.ts'
import type { ControlDeps, ControlOptions } from '../deps.ts'
import { presentedOf } from './presented.ts'
import { sendProblem } from './problem.ts'

const HEARTBEAT_MS = 15_000
/** Beyond this much unsent data a record is dropped for this reader. */
const MAX_UNSENT_BYTES = 1024 * 1024

export function followRoute(deps: ControlDeps, callers: ControlOptions['callers']): (request: Request, response: Response) => Promise<void> {
  return async (request, response) => {
    const outcome = await answerAct(deps, callers, presentedOf(request, undefined, deps.config), {
      kind: 'audit_read',
      door: 'control',
      method: 'follow_decisions',
      run: (caller, decisionId) => followDecisions(deps, caller, decisionId),
    })
    if (!outcome.ok) return sendProblem(response, outcome.denial, outcome.decisionId)
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-bailiwick-decision': outcome.decisionId })
    response.write(': following\n\n')
    let missed = 0
    const send = (record: AuditRecord): void => {
      if (response.writableLength > MAX_UNSENT_BYTES) {
        missed += 1
        return
      }
      if (missed > 0) response.write(`event: missed\ndata: ${missed}\n\n`)
      missed = 0
      response.write(`id: ${record.seq}\nevent: record\ndata: ${JSON.stringify(record)}\n\n`)
    }
    const stops = [deps.journal.onRecord(send), deps.shipped.onRecord(send)]
    const heartbeat = setInterval(() => response.write(': \n\n'), HEARTBEAT_MS)
    request.on('close', () => {
      clearInterval(heartbeat)
      for (const stop of stops) stop()
    })
  }
}
