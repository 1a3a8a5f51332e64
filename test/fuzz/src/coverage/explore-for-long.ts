// The coverage-guided run over the readers and renderers: as long as it is given, saying where it is, and then what it found.
import { sayFinding } from '../differential/say-finding.ts'
import { createRandom } from '../random.ts'
import { readCorpus, writeCorpus } from './corpus.ts'
import { openCoverage } from './coverage.ts'
import { explore } from './explore.ts'
import { readerTarget } from './reader-target.ts'
import { documentedRequests } from './seeds.ts'

const ROOT = new URL('../../../../', import.meta.url)
/** What a body reaches before anything is decided, and what answers it. */
const UNDER_TEST = ['packages/json/src/', 'services/enrichment/src/read/', 'services/enrichment/src/render/'].map((folder) => new URL(folder, ROOT).href)
const SAY_EVERY_MS = 10_000
/** The corpus is read by people, and kept in the repository. */
const MAX_KEPT_BYTES = 1_500

export interface ExploreForLongOptions {
  readonly seed: number
  readonly minutes: number
  /** Writes the corpus anew: what runs something that no documented request does. */
  readonly keep: boolean
}

/** False when something was treated wrongly. */
export function exploreForLong({ seed, minutes, keep }: ExploreForLongOptions): boolean {
  const say = (line: string): void => void process.stdout.write(`${line}\n`)
  const coverage = openCoverage(UNDER_TEST)
  try {
    const documented = documentedRequests()
    const seeds = [...documented, ...readCorpus()]
    say(`seed ${seed}, ${minutes} min, ${seeds.length} requests to start from`)
    const until = performance.now() + minutes * 60_000
    let said = performance.now()
    const { runs, points, corpus, problems } = explore({
      random: createRandom(seed),
      coverage,
      target: readerTarget,
      seeds,
      goOn: (sofar) => {
        const now = performance.now()
        if (now - said >= SAY_EVERY_MS) {
          said = now
          say(`${sofar.runs} runs, ${sofar.points} points, ${sofar.corpus.length} kept, ${sofar.problems.length} problems`)
        }
        return now < until
      },
    })
    say(`${runs} runs, ${points} points of the code, ${corpus.length} requests that each ran something new`)
    if (keep) writeCorpus(corpus.filter((request) => !documented.includes(request) && request.body.length <= MAX_KEPT_BYTES))
    for (const { input, problem } of problems) say(`\nPROBLEM  ${sayFinding({ request: input, disagreement: problem })}`)
    return problems.length === 0
  } finally {
    coverage.close()
  }
}
