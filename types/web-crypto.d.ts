// The types of @peculiar/x509 speak of the browser's WebCrypto by its global names; Node.js has the same ones under `webcrypto`.
import type { webcrypto } from 'node:crypto'

declare global {
  type Algorithm = webcrypto.Algorithm
  type AlgorithmIdentifier = webcrypto.AlgorithmIdentifier
  type BufferSource = ArrayBufferView | ArrayBuffer
  type CryptoKeyPair = webcrypto.CryptoKeyPair
  type EcdsaParams = webcrypto.EcdsaParams
  type EcKeyGenParams = webcrypto.EcKeyGenParams
  type EcKeyImportParams = webcrypto.EcKeyImportParams
  type KeyUsage = webcrypto.KeyUsage
  type RsaHashedImportParams = webcrypto.RsaHashedImportParams
}
