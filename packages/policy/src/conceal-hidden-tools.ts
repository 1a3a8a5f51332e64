// When the schema refuses the arguments of a tool, the engine looks no further: whether the agent may know the tool at all was never
// decided. Telling it what is wrong with its arguments would then describe a tool that `tools/list` hides. So the visibility is asked by
// itself, without the arguments, and without it the refusal says nothing of them.
import type { PolicyAnswer, PolicyItem, PolicyQuestion } from './decider.ts'

type Ask = (question: PolicyQuestion) => Promise<readonly PolicyAnswer[]>

const VISIBLE = 'tools/list/'

/** Costs nothing where no tool's arguments were refused. Only removes words from a deny; never changes an effect. */
export async function concealHiddenTools(question: PolicyQuestion, answers: readonly PolicyAnswer[], ask: Ask): Promise<readonly PolicyAnswer[]> {
  const doubtful = question.items.filter((item, place) => visibilityOf(item).length > 0 && isAboutArguments(answers[place]))
  if (doubtful.length === 0) return answers
  const visible = await ask({ ...question, items: doubtful.map(withoutArguments) })
  const hidden = new Set(doubtful.filter((_, place) => visible[place]?.effect !== 'allow'))
  return answers.map((answer, place) => {
    const item = question.items[place]
    return item !== undefined && hidden.has(item) ? { ...answer, schemaErrors: [] } : answer
  })
}

function isAboutArguments(answer: PolicyAnswer | undefined): boolean {
  return answer !== undefined && answer.effect === 'deny' && answer.schemaErrors.some(({ path }) => path === '/arguments' || path.startsWith('/arguments/'))
}

function visibilityOf({ actions }: PolicyItem): readonly string[] {
  return actions.filter((action) => action.startsWith(VISIBLE))
}

function withoutArguments(item: PolicyItem): PolicyItem {
  const { arguments: _, ...attr } = item.resource.attr
  return { resource: { ...item.resource, attr }, actions: visibilityOf(item) }
}
