// Plays the story where agents are: on the network that leads to the gateway and nowhere else. Ends non-zero when a verdict or a reason differs.
import { join } from 'node:path'
import type { JWK } from 'jose'
import { z } from 'zod'
import { operatorBy } from '../agents/operator.ts'
import { clientKey, trustDomain } from '../household/keys.ts'
import { readPrivateJwk } from '../household/private-jwk.ts'
import type { Stage } from '../story/stage.ts'
import { tellAll } from '../story/tell-all.ts'
import { textTranscript } from '../story/transcript.ts'
import { ADDRESSES, SERVER_PORT } from './addresses.ts'
import { readCalls } from './call-counts.ts'
import { runErrand } from './errands.ts'

const desk = process.env['DESK'] ?? '/desk'
const stageFolder = join(desk, 'stage')
const key = (name: string): JWK => readPrivateJwk(join(desk, 'agents', `${name}.jwk.json`))
const delegated = z.object({ task: z.object({ id: z.string() }), taskToken: z.string() })

const stage: Stage = {
  issuer: ADDRESSES.bailiwick,
  gatewayUrl: ADDRESSES.gateway,
  keys: { refundAgent: await clientKey('refund-agent', key('refund-agent')), domain: await trustDomain('example.org', key('trust-domain')) },
  operator: () => operatorBy((path, body) => runErrand(join(stageFolder, 'operator.sock'), { path, body })),
  delegate: async (delegation) => delegated.parse(await runErrand(join(stageFolder, 'portal.sock'), delegation)),
  calls: (server, tool) => readCalls(stageFolder, server, tool),
  roundTheGateway: { url: `http://payments:${SERVER_PORT}`, refusal: 'unreachable' },
}

const write = (line: string): void => void process.stdout.write(`${line}\n`)
write('The support desk, a container each: the agents’ network leads to the gateway and nowhere else.')
const played = await tellAll(stage, textTranscript(write, process.stdout.isTTY))
if (played.some((one) => one.problem !== undefined)) process.exitCode = 1
