// Plays every act to its end and tells each step as it is played.
import { play } from './script.ts'
import type { Played } from './script.ts'
import type { Stage } from './stage.ts'
import { tellStory } from './story.ts'
import type { Transcript } from './transcript.ts'

export async function tellAll(stage: Stage, transcript: Transcript): Promise<readonly Played[]> {
  const played: Played[] = []
  let number = 0
  for (const act of tellStory(stage)) {
    transcript.act(++number, act.title)
    for (const step of act.steps) {
      const one = await play(step)
      played.push(one)
      transcript.step(one)
    }
  }
  transcript.end(played)
  return played
}
