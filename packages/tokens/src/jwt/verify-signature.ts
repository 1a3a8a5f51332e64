// One signature against one key, by jose. The algorithm is the caller's, from its own table, never from the header alone.
import type { KeyObject } from 'node:crypto'
import { compactVerify, errors } from 'jose'

/** False for a wrong signature or a key that does not fit. Anything else jose throws is our own mistake and goes on up. */
export async function verifySignature(token: string, key: KeyObject, algorithm: string): Promise<boolean> {
  try {
    await compactVerify(token, key, { algorithms: [algorithm] })
    return true
  } catch (thrown) {
    if (thrown instanceof errors.JOSEError) return false
    throw thrown
  }
}
