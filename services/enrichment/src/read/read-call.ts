// The one way from what a door saw to a neutral call: by the configured kind of the resource, never by what the request says
// of itself. Pure: no I/O, no clock. Everything that was not read completely and in one way only is refused.
import type { CallForm, Resource } from '@bailiwick/core'
import { readLlmForm } from './llm/read-llm-form.ts'
import { readLlmHttp } from './llm/read-llm-http.ts'
import { readMcpForm } from './mcp/read-mcp-form.ts'
import { readMcpHttp } from './mcp/read-mcp-http.ts'
import { readAskedForm } from './read-asked-form.ts'
import { refuse, refuseUnreadable, unreadable } from './read-outcome.ts'
import type { ReadOutcome } from './read-outcome.ts'
import { knownBody } from './transport/read-text-body.ts'

/** Does not check the credential, the task, the binding, nor the arguments against a tool's schema. */
export function readCall(resource: Resource, form: CallForm): ReadOutcome {
  switch (form.form) {
    case 'http':
      if (form.unclear !== undefined) return refuseUnreadable(unreadable('not_a_request', form.unclear), { kind: 'unread', resourceKind: resource.kind })
      return resource.kind === 'mcp' ? readMcpHttp(resource, knownBody(form)) : readLlmHttp(resource, knownBody(form))
    // A gateway that parsed one protocol for a resource of the other is configured wrongly.
    case 'mcp':
      return resource.kind === 'mcp'
        ? readMcpForm(form)
        : refuseUnreadable(unreadable('not_a_request', 'mcp_form_for_llm'), { kind: 'unread', resourceKind: 'llm' })
    case 'llm':
      return resource.kind === 'llm'
        ? readLlmForm(form)
        : refuseUnreadable(unreadable('not_a_request', 'llm_form_for_mcp'), { kind: 'unread', resourceKind: 'mcp' })
    case 'kind':
    case 'coaz':
      return readAskedForm(resource, form)
    case 'undecoded':
      return refuse(form.denial, { kind: 'unread', resourceKind: resource.kind })
  }
}
