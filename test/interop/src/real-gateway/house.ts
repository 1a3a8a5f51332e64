// The support desk with a real gateway in the place of its own: the same identity provider, servers, Bailiwick and configuration file.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Front, GatewayKind, RealGateway } from '../../../../examples/support-desk/src/gateway/front.ts'
import { freeLoopbackPorts } from '../../../../examples/support-desk/src/gateway/program.ts'
import { freePorts, startHousehold } from '../../../../examples/support-desk/src/household/start-household.ts'
import type { Household } from '../../../../examples/support-desk/src/household/start-household.ts'

export interface GatewayHouse {
  readonly house: Household
  readonly gateway: RealGateway
  /** One more of it, on another port, with a key of the test's choosing. */
  again(gatewayKey: string): Promise<RealGateway>
  close(): Promise<void>
}

/** More time than in production: what is shown is the decision, on a machine that may be doing much else. */
const ENV = { BAILIWICK_LOG_LEVEL: 'error', BAILIWICK_LIMITS_DECISION: '5s' }
const PATIENCE = '15s'

export async function openHouse(kind: GatewayKind<RealGateway>): Promise<GatewayHouse> {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-gateway-'))
  let started: { readonly front: Front; readonly running: RealGateway } | undefined
  const start = async (front: Front): Promise<RealGateway> => {
    const running = await kind.start({ ...front, patience: PATIENCE })
    started = { front, running }
    return running
  }
  const house = await startHousehold(folder, await freePorts(), { env: ENV, gateway: { ...kind, start } })
  const close = async (): Promise<void> => {
    await house.close()
    rmSync(folder, { recursive: true, force: true })
  }
  if (started === undefined) throw new Error('the support desk started without its gateway')
  const { front, running } = started
  return {
    house,
    gateway: running,
    again: async (gatewayKey) => {
      const [port = 0] = await freeLoopbackPorts(1)
      return await kind.start({ ...front, gatewayKey, port, patience: PATIENCE })
    },
    close,
  }
}
