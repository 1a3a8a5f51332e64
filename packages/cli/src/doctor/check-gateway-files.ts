// The configuration files of gateways: what would open, delay or blind the question each of them asks. Reads them; starts and asks nothing.
import { existsSync, readFileSync, statSync } from 'node:fs'
import { loadConfig } from '@bailiwick/config'
import type { BailiwickConfig, CertificateHeader } from '@bailiwick/config'
import { parseResourceName, readingAllowanceMs } from '@bailiwick/core'
import type { Context } from '../context.ts'
import { CliError, EXIT } from '../exit-code.ts'
import { lintGatewayFile } from '../gateway-files/lint-gateway-file.ts'
import { codeOf, recordInto } from './finding.ts'
import type { Finding } from './finding.ts'

const MAX_FILE_BYTES = 4 * 1024 * 1024
const DEFAULT_DECISION_MS = 150

export function checkGatewayFiles(context: Context, files: readonly string[]): readonly Finding[] {
  const config = ownConfiguration(context)
  const decisionMs = config?.limits.decisionMs ?? DEFAULT_DECISION_MS
  const largestBytes = config === undefined ? Number.POSITIVE_INFINITY : Math.max(0, ...[...config.resources.values()].map(({ maxBodyBytes }) => maxBodyBytes))
  return files.flatMap((file) => {
    const findings: Finding[] = []
    const found = recordInto(findings, 'gateways')
    const name = lintGatewayFile(textOf(context.resolve(file)), {
      found,
      answersWithinMs: (bodyBytes) => decisionMs + readingAllowanceMs(Math.min(bodyBytes, largestBytes)),
      certificateHeaders: headersOf(config),
      resourceOf: (text) => {
        const resource = parseResourceName(text)
        return resource === undefined ? undefined : config?.resources.get(resource)
      },
    })
    if (name === undefined) found.unknown('gateway.file', 'it is no configuration of a gateway that is known here', { costs: 'nothing of it was checked' })
    else if (findings.length === 0) found.ok('gateway.file', `${name}: nothing in it opens, delays or blinds the question`)
    return findings.map((finding) => ({ ...finding, says: `${file}: ${finding.says}` }))
  })
}

function headersOf(config: BailiwickConfig | undefined): readonly CertificateHeader[] {
  const believed = (config?.gateways ?? []).filter(({ doors }) => doors.includes('forward_auth')).flatMap(({ certificateHeader }) => certificateHeader ?? [])
  return [...new Set(believed)]
}

/** What resources need is known where there is a configuration; without one the files are judged by themselves. */
function ownConfiguration(context: Context): BailiwickConfig | undefined {
  const file = context.configFile()
  if (!existsSync(file)) {
    if (context.configNamed) throw new CliError(EXIT.usage, `there is no configuration at ${file}`)
    return undefined
  }
  const result = loadConfig({ file, env: context.env, overrides: context.settings() })
  return result.ok ? result.config : undefined
}

function textOf(file: string): string {
  try {
    if (statSync(file).size > MAX_FILE_BYTES) throw new CliError(EXIT.usage, `${file} is larger than 4 MiB`)
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof CliError) throw error
    throw new CliError(EXIT.usage, `${file} cannot be read (${codeOf(error)})`)
  }
}
