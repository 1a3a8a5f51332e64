// What the top level of a request may hold. A member whose meaning is not known passes only as a number, a boolean or null:
// those set a temperature or a limit, but cannot name a model, a tool or a place. Everything else that is unknown is refused,
// so a field that some provider adds tomorrow to declare tools is refused until it is read here.
//
// Checks, in order, for each member: another model or endpoint; hidden state; a switch for a tool; known, or harmless.
import type { JsonObject } from '@bailiwick/core'
import { reserveKeys, reserveSpellings } from '@bailiwick/json'
import type { ReservedKeys } from '@bailiwick/json'

/**
 * With these some gateway or provider uses another model, endpoint or key than the one named: LiteLLM's fallbacks and
 * pass-through parameters, OpenRouter's `models`, `route` and `preset`, Anthropic's `fallbacks`.
 */
const SECOND_MODEL = [
  'api_base',
  'api_key',
  'base_url',
  'content_policy_fallbacks',
  'context_window_fallbacks',
  'custom_llm_provider',
  'default_fallbacks',
  'deployment_id',
  'engine',
  'extra_body',
  'extra_headers',
  'fallback_models',
  'fallbacks',
  'litellm_metadata',
  'model_id',
  'model_list',
  'models',
  'plugins',
  'preset',
  'prompt_id',
  'provider',
  'route',
  'router',
  'tags',
  'user_config',
] as const

/** What the provider kept from earlier: instructions, tools and models in it are not in this request. */
const HIDDEN_STATE = ['conversation', 'conversation_id', 'previous_response_id', 'session_id', 'thread_id'] as const

/** Where one boolean lets the provider search or fetch. */
const TOOL_SWITCHES = ['enable_search', 'enable_web_search', 'force_search', 'web_search'] as const

export interface MemberRules {
  /** Keys nothing may be folded onto, in the body and in the query. */
  readonly reserved: ReservedKeys
  readonly known: ReadonlySet<string>
  readonly secondModel: ReadonlySet<string>
  readonly hiddenState: ReadonlySet<string>
}

export interface MemberLists {
  /** Members that decide what the call is. */
  readonly reads: readonly string[]
  /** Members of any value that cannot change it. */
  readonly passes: readonly string[]
  /** Beside the common ones. */
  readonly secondModel?: readonly string[]
  readonly hiddenState?: readonly string[]
}

/** Throws TypeError where two members that are read or refused fold to one. */
export function memberRules({ reads, passes, secondModel = [], hiddenState = [] }: MemberLists): MemberRules {
  const own = new Set([...reads, ...passes])
  const second = [...SECOND_MODEL, ...secondModel].filter((key) => !own.has(key))
  const hidden = [...HIDDEN_STATE, ...hiddenState].filter((key) => !own.has(key))
  return {
    reserved: reserveKeys([...new Set(['model', ...reads, ...second, ...hidden, ...TOOL_SWITCHES])]),
    known: own,
    secondModel: new Set(second),
    hiddenState: new Set(hidden),
  }
}

/** For proto JSON: names are given in camelCase, and their snake_case spelling is equal to them. */
export function protoMemberRules(lists: MemberLists): MemberRules {
  const { reserved, known, secondModel, hiddenState } = memberRules(lists)
  const exact = bothSpellings(reserved.exact)
  return {
    reserved: reserveSpellings([...exact]),
    known: bothSpellings(known),
    secondModel: bothSpellings(secondModel),
    hiddenState: bothSpellings(hiddenState),
  }
}

/** Undefined when every member may stand. Does not read any, and looks at this object alone. */
export function checkMembers(body: JsonObject, rules: MemberRules): string | undefined {
  for (const key in body) {
    const value = body[key]
    if (rules.secondModel.has(key)) return 'second_model'
    if (value === null) continue
    if (rules.hiddenState.has(key)) return 'hidden_state'
    if (isToolSwitch(key) && value !== false) return 'tool_switch'
    if (!rules.known.has(key) && typeof value !== 'number' && typeof value !== 'boolean') return 'member_unknown'
  }
  return undefined
}

function isToolSwitch(key: string): boolean {
  return TOOL_SWITCHES.some((name) => name === key)
}

function bothSpellings(names: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...names].flatMap((name) => [name, name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)]))
}
