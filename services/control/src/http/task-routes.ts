// The doors to tasks: create, list, read, complete.
import { Router } from 'express'
import { nowSeconds, parseTaskId, TASK_ID_FORM } from '@bailiwick/core'
import type { ControlDeps } from '../deps.ts'
import { completeTask } from '../tasks/complete-task.ts'
import { createTask } from '../tasks/create-task.ts'
import { listTasks, readTask } from '../tasks/read-tasks.ts'
import { parseTaskRequest } from '../tasks/task-request.ts'
import { nextCursor, statusOfAcknowledgement } from './endpoint.ts'
import type { EndpointFactory } from './endpoint.ts'
import { pathId } from './path-id.ts'
import { parseTaskFilter } from './parse-query.ts'
import { acknowledgementJson, taskJson } from './to-json.ts'

export function taskRoutes(deps: ControlDeps, endpoint: EndpointFactory): Router {
  const now = (): number => nowSeconds(deps.clock)
  return Router()
    .post(
      '/v1/tasks',
      endpoint({
        kind: 'task',
        method: 'create_task',
        run: async (caller, { body }, decisionId, at) => {
          const request = parseTaskRequest(body)
          return request.ok ? await createTask(deps, caller, request.value, decisionId, at) : request
        },
        encode: ({ task, taskToken }) => ({ status: 201, body: { task: taskJson(task, now()), task_token: taskToken } }),
      }),
    )
    .get(
      '/v1/tasks',
      endpoint({
        kind: 'task',
        method: 'list_tasks',
        run: async (caller, { query }, decisionId, at) => {
          const filter = parseTaskFilter(query)
          return filter.ok ? await listTasks(deps, caller, filter.value, decisionId, at) : filter
        },
        encode: (page) => ({ status: 200, body: { items: page.items.map((task) => taskJson(task, now())), ...nextCursor(page.next) } }),
      }),
    )
    .get(
      '/v1/tasks/:id',
      endpoint({
        kind: 'task',
        method: 'read_task',
        run: async (caller, { id }, decisionId) => {
          const asked = pathId(parseTaskId(id), TASK_ID_FORM)
          return asked.ok ? await readTask(deps, caller, asked.value, decisionId) : asked
        },
        encode: (task) => ({ status: 200, body: { task: taskJson(task, now()) } }),
      }),
    )
    .post(
      '/v1/tasks/:id/complete',
      endpoint({
        kind: 'task',
        method: 'complete_task',
        run: async (caller, { id }, decisionId) => {
          const asked = pathId(parseTaskId(id), TASK_ID_FORM)
          return asked.ok ? await completeTask(deps, caller, asked.value, decisionId) : asked
        },
        encode: ({ task, acknowledgement }) => ({
          status: statusOfAcknowledgement(acknowledgement.status),
          body: { task: taskJson(task, now()), ...acknowledgementJson(acknowledgement) },
        }),
      }),
    )
}
