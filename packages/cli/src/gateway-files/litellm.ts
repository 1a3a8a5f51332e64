// LiteLLM's proxy configuration: the guardrail that asks Bailiwick.
import { BYPASS, OPEN, UNPROVED, UNREAD } from './rule.ts'
import type { Lint } from './rule.ts'
import { textsOf } from './yaml-maps.ts'
import type { YamlMap } from './yaml-maps.ts'

/** What a caller can bring about, or what takes from the question what is judged. */
const REFUSED = [
  'skip_if_system_prompt_matches',
  'skip_if_first_role_in',
  'exclude_payload_fields',
  'max_messages',
  'max_text_chars',
  'strip_patterns',
] as const
const DOUBTFUL = ['skip_if_key_alias_in', 'skip_if_team_id_in', 'skip_call_types', 'run_only_on_call_types'] as const

export function isLitellm(maps: readonly YamlMap[]): boolean {
  return maps.some((map) => map.path === '' && (map.has('guardrails') || map.has('model_list')))
}

export function lintLitellm(maps: readonly YamlMap[], { found }: Lint): void {
  const asks = maps.filter(
    (map) =>
      map.key === 'litellm_params' &&
      map.path.startsWith('guardrails') &&
      /bailiwick|generic_guardrail_api/i.test(JSON.stringify([map.get('guardrail'), map.get('api_base')])),
  )
  if (asks.length === 0) found.refuse('litellm.guardrail', 'no guardrail that asks Bailiwick in this file', BYPASS)
  for (const ask of asks) {
    const where = `line ${ask.line}`
    if (ask.get('default_on') !== true) found.refuse('litellm.default_on', `${where}: no default_on: true`, BYPASS)
    if (ask.get('unreachable_fallback') === 'fail_open') found.refuse('litellm.unreachable', `${where}: unreachable_fallback: fail_open`, OPEN)
    if (ask.get('fail_on_error') === false) found.refuse('litellm.fail_on_error', `${where}: fail_on_error: false`, OPEN)
    if (ask.get('fire_and_forget') === true) found.refuse('litellm.fire_and_forget', `${where}: fire_and_forget: true`, OPEN)
    const mode = ask.get('mode')
    const modes = typeof mode === 'string' ? [mode] : textsOf(mode)
    const isApi = /generic_guardrail_api/.test(String(ask.get('guardrail')))
    for (const hook of isApi ? ['pre_call'] : ['pre_call', 'pre_mcp_call'])
      if (!modes.includes(hook)) found.refuse('litellm.mode', `${where}: mode lacks ${hook}`, BYPASS)
    // Measured on 1.106.2: an event the guardrail does not support is an error in the log, and the proxy starts without the guardrail.
    if (isApi && modes.includes('pre_mcp_call')) found.refuse('litellm.mode', `${where}: pre_mcp_call, which generic_guardrail_api does not support`, BYPASS)
    for (const name of REFUSED)
      if (ask.has(name))
        found.refuse('litellm.skips', `${where}: ${name}`, {
          ...UNREAD,
          costs: 'callers can write requests that are not asked about, or of which a part is not shown',
        })
    // The Python file's guardrail only applies what its custom_auth was told.
    if (
      /bailiwick\./.test(String(ask.get('guardrail'))) &&
      !maps.some((map) => map.key === 'general_settings' && /bailiwick/.test(String(map.get('custom_auth'))))
    )
      found.refuse('litellm.custom_auth', `${where}: bailiwick.py without its custom_auth`, { costs: 'every call is refused, and nobody is asked' })
    for (const name of DOUBTFUL) if (ask.has(name)) found.warn('litellm.skips', `${where}: ${name}`, BYPASS)
    if (!ask.has('api_key') && !ask.has('headers') && isApi) found.refuse('litellm.key', `${where}: no api_key`, UNPROVED)
  }
}
