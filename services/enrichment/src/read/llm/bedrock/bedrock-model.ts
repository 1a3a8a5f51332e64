// Bedrock's model ids: a foundation model, an inference profile with its region before it, or the ARN of either, of a customer's
// own model or of provisioned throughput. Not read: prompts and prompt routers, which hold or choose a model of their own.

const REGIONS = new Set(['af', 'apac', 'au', 'ca', 'eu', 'global', 'il', 'jp', 'me', 'mx', 'sa', 'us', 'us-gov'])
const ID = /^[a-z0-9][A-Za-z0-9:_-]*(?:\.[A-Za-z0-9][A-Za-z0-9:_-]*)*$/
const MAX_LENGTH = 256
const ARN =
  /^arn:aws(?:-[a-z-]{1,20})?:bedrock:[a-z0-9-]{1,30}:(?:[0-9]{12})?:(foundation-model|inference-profile|application-inference-profile|provisioned-model|imported-model|custom-model-deployment)\/([A-Za-z0-9][A-Za-z0-9.:_-]{0,127})$/

export interface BedrockModel {
  readonly publisher?: string
  /** Without region: `titan-embed-text-v2:0`. */
  readonly name?: string
}

/** Undefined is a refusal. A customer's own model has neither publisher nor name. */
export function readBedrockModel(id: string): BedrockModel | undefined {
  const arn = ARN.exec(id)
  if (arn === null) return id.length <= MAX_LENGTH && ID.test(id) ? published(id) : undefined
  const [, kind = '', resource = ''] = arn
  return kind === 'foundation-model' || kind === 'inference-profile' ? published(resource) : {}
}

/** An ARN has a slash inside it, and arrives as one segment of the path only with the slash encoded. */
export function isBedrockArn(text: string): boolean {
  return ARN.test(text)
}

function published(id: string): BedrockModel | undefined {
  const [first = '', second = '', ...more] = id.split('.')
  if (second === '') return {}
  if (!REGIONS.has(first)) return { publisher: first, name: [second, ...more].join('.') }
  return more.length === 0 ? undefined : { publisher: second, name: more.join('.') }
}
