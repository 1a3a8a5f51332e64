// A model call that policy refuses as it is, tried with fewer tools: each tool is asked about alone, and then the call with all that
// remain, exactly as it would go on. Only ever leaves tools out.
import type { LlmCall } from '@bailiwick/core'
import type { PolicyAnswer, PolicyItem, PolicyQuestion } from '@bailiwick/policy'
import type { Concealed } from './conceal.ts'
import type { Evaluated } from './evaluate.ts'

/** Each costs a request of its own: the engine tells two questions about one model apart by nothing else. */
const MAX_TOOLS = 64

export interface FewerTools {
  readonly concealed: Concealed
  /** The question that was allowed, and its answer. */
  readonly asked: PolicyQuestion
  readonly answer: PolicyAnswer
}

/** `question`: the one that was refused; `ask` is the step that asked it. Undefined where the call may not go on without tools either, or with none of them. */
export async function dropTools(
  ask: (question: PolicyQuestion) => Promise<Evaluated>,
  { tools }: Pick<LlmCall, 'tools'>,
  question: PolicyQuestion,
): Promise<FewerTools | undefined> {
  const [refused] = question.items
  if (refused === undefined || tools.length === 0 || tools.length > MAX_TOOLS) return undefined
  const alone = await ask({ ...question, items: [withTools(refused, []), ...tools.map((tool) => withTools(refused, [tool]))] })
  if (alone.denial !== undefined) return undefined
  const kept = tools.filter((_, place) => alone.others[place] === true)
  // To some gateways an empty list of tools means that nothing changed.
  if (kept.length === 0) return undefined
  const asked = { ...question, items: [withTools(refused, kept)] }
  const together = await ask(asked)
  if (together.denial !== undefined) return undefined
  return { concealed: { kept, dropped: tools.filter((tool) => !kept.includes(tool)) }, asked, answer: together.answer }
}

function withTools(item: PolicyItem, tools: readonly string[]): PolicyItem {
  return { ...item, resource: { ...item.resource, attr: { ...item.resource.attr, tools } } }
}
