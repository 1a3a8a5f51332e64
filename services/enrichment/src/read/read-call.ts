// The one way from what a door saw to a neutral call: by the configured kind of the resource, never by what the request says
// of itself. Pure: no I/O, no clock. Everything that was not read completely and in one way only is refused.
import type { HttpForm, McpForm, Resource } from '@bailiwick/core'
import { readLlmHttp } from './llm/read-llm-http.ts'
import { readMcpForm } from './mcp/read-mcp-form.ts'
import { readMcpHttp } from './mcp/read-mcp-http.ts'
import { refuseUnreadable, unreadable } from './read-outcome.ts'
import type { ReadOutcome } from './read-outcome.ts'

/** Does not check the credential, the task, the binding, nor the arguments against a tool's schema. */
export function readCall(resource: Resource, form: HttpForm | McpForm): ReadOutcome {
  if (form.form === 'http' && form.unclear !== undefined) {
    return refuseUnreadable(unreadable('not_a_request', form.unclear), { kind: 'unread', resourceKind: resource.kind })
  }
  switch (resource.kind) {
    case 'mcp':
      return form.form === 'mcp' ? readMcpForm(form) : readMcpHttp(resource, form)
    case 'llm':
      // A gateway that parsed an MCP message for a model endpoint is configured wrongly.
      if (form.form === 'mcp') return refuseUnreadable(unreadable('not_a_request', 'mcp_form_for_llm'), { kind: 'unread', resourceKind: 'llm' })
      return readLlmHttp(resource, form)
  }
}
