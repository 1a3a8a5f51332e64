// The keys of the directory as this process knows them, looked at again once a second, when a kid is unknown, and after its
// own changes. A kid that left the directory is unknown from then on, whatever any cache remembers.
import { generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import { Fault } from '@bailiwick/core'
import type { Clock, JsonObject } from '@bailiwick/core'
import { openKeyDirectory, readKeyDirectory, removeKeyFile, stampOf, writeKeyFile } from './key-directory.ts'
import type { KeyDirectoryReading } from './key-directory.ts'
import { activeKey, isPublished, toSigningKey } from './signing-key.ts'
import type { SigningAlgorithm, SigningKey } from './signing-key.ts'

const LOOK_AGAIN_MS = 1_000
/** Well below what one directory may hold: a loop of rotations must not end in a directory nobody reads any more. */
const MAX_KEYS = 32

const newEcKey = promisify(generateKeyPair)

export interface KeySetOptions {
  readonly directory: string
  readonly algorithm: SigningAlgorithm
  readonly clock: Clock
  /** A retired key stays published this long: the longest life of a token plus skew. */
  readonly keepSeconds: number
  /** A new key is published this long before it signs: what verifiers may cache a key set for. */
  readonly publishAheadSeconds: number
}

export class KeySet {
  readonly #options: KeySetOptions
  #reading: KeyDirectoryReading
  #byKid: ReadonlyMap<string, SigningKey>
  #lookedAtMs: number

  constructor(options: KeySetOptions) {
    openKeyDirectory(options.directory)
    this.#options = options
    this.#reading = readKeyDirectory(options.directory)
    this.#byKid = new Map(this.#reading.keys.map((key) => [key.kid, key]))
    this.#lookedAtMs = options.clock.monotonicMs()
  }

  /** Fault `keys` when the directory cannot be read. */
  refreshIfDue(): void {
    if (this.#options.clock.monotonicMs() - this.#lookedAtMs >= LOOK_AGAIN_MS) this.refresh()
  }

  refresh(): void {
    // A refused file is tried again: it may have been unreadable for a moment only.
    if (stampOf(this.#options.directory) !== this.#reading.stamp || this.#reading.refused.length > 0) {
      this.#reading = readKeyDirectory(this.#options.directory)
      this.#byKid = new Map(this.#reading.keys.map((key) => [key.kid, key]))
    }
    // Only after success: a directory that cannot be read is asked again, and faults again, on every use.
    this.#lookedAtMs = this.#options.clock.monotonicMs()
  }

  /** The key whose tokens are accepted now. A kid nobody knows costs one look at the directory: another process may just have rotated. */
  verifying(kid: string, nowSeconds: number): SigningKey | undefined {
    this.refreshIfDue()
    if (!this.#byKid.has(kid)) this.refresh()
    const key = this.#byKid.get(kid)
    return key !== undefined && isPublished(key, this.#reading.keys, nowSeconds, this.#options.keepSeconds) ? key : undefined
  }

  signing(nowSeconds: number): SigningKey | undefined {
    this.refreshIfDue()
    return activeKey(this.#reading.keys, nowSeconds)
  }

  published(nowSeconds: number): readonly SigningKey[] {
    this.refreshIfDue()
    const { keys } = this.#reading
    return keys.filter((key) => isPublished(key, keys, nowSeconds, this.#options.keepSeconds))
  }

  /** Names of files in the directory that should be keys and are not. */
  get refused(): readonly string[] {
    return this.#reading.refused
  }

  /**
   * Makes a key. It signs at once when nothing else can; else after `publishAheadSeconds`, when every key before it retires.
   * While a key already waits for its turn that one is the answer: repeated calls, of several nodes too, are one rotation.
   * The new key is written first: a crash between the two writes leaves two keys of which the newer one signs.
   */
  async rotate(nowSeconds: number): Promise<SigningKey> {
    this.refresh()
    const before = this.#reading.keys
    const waiting = before.find((key) => key.retiredAt === undefined && key.activeAt > nowSeconds)
    if (waiting !== undefined && activeKey(before, nowSeconds) !== waiting) return waiting
    if (before.length >= MAX_KEYS) throw new Fault('keys', 'too_many_keys', 'too many signing keys are still published')
    const activeAt = activeKey(before, nowSeconds) === undefined ? nowSeconds : nowSeconds + this.#options.publishAheadSeconds
    const made = await makeKey(this.#options.algorithm, { createdAt: nowSeconds, activeAt })
    writeKeyFile(this.#options.directory, made)
    for (const key of before) {
      if (key.retiredAt === undefined) this.#rewrite({ ...key, retiredAt: Math.max(activeAt, key.activeAt) })
      else if (!isPublished(key, before, nowSeconds, this.#options.keepSeconds)) removeKeyFile(this.#options.directory, key.kid)
    }
    this.refresh()
    return made
  }

  /** A key that was taken out while the new one was made stays out: retiring it must not bring a compromised key back. */
  #rewrite(key: SigningKey): void {
    if (readKeyDirectory(this.#options.directory).keys.some((present) => present.kid === key.kid)) writeKeyFile(this.#options.directory, key)
  }
}

async function makeKey(algorithm: SigningAlgorithm, times: { readonly createdAt: number; readonly activeAt: number }): Promise<SigningKey> {
  const { privateKey } =
    algorithm === 'ES256' ? await newEcKey('ec', { namedCurve: 'P-256' }) : await promisify(generateKeyPair)('rsa', { modulusLength: 3072 })
  const key = toSigningKey(stringMembers(privateKey.export({ format: 'jwk' })), algorithm, times)
  if (key === undefined) throw new Error('a generated key did not read back')
  return key
}

function stringMembers(jwk: object): JsonObject {
  const members: Record<string, string> = {}
  for (const [name, value] of Object.entries(jwk)) if (typeof value === 'string') members[name] = value
  return members
}
