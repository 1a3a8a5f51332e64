// The bodies the strict reader is measured on, as JSON text of about the size asked for. Data only: ordinary messages, and what costs a reader most per byte.

export interface Shape {
  readonly name: string
  readonly text: string
}

const PROSE = 'The customer reports that the parcel arrived damaged and asks for a refund of the whole amount. '
/** What the strict reader takes of one body. */
const MAX_VALUES = 499_000
const MAX_ESCAPED_KEYS = 99_000
const LETTERS = 'abcdefghijklmnopqrst'.split('')

export function shapesOf(bytes: number): readonly Shape[] {
  const shape = (name: string, text: string): Shape => ({ name, text })
  const list = (name: string, item: (index: number) => string): Shape => shape(name, call(filled(item, '{"list":[', ']}', bytes)))
  return [
    shape('MCP tools/call', call(argumentsOf(bytes))),
    shape('LLM chat', filled(chatMessage, '{"model":"gpt-4o-mini","temperature":0.2,"stream":true,"messages":[', '],"user":"alice"}', bytes)),
    list('objects of 3 short members', (i) => `{"a":${i},"b":true,"c":"x"}`),
    list('objects of 20 short members', (i) => `{${LETTERS.map((key, k) => `"${key}":${(i * 7 + k) % 10}`).join(',')}}`),
    list('objects of mixed members', (i) => `{"id":"${i}","name":"n${i % 7}","kind":"x","ok":true,"at":null,"n":${i}}`),
    list('short strings', (i) => `"s${i}"`),
    list('whole numbers', (i) => String((i * 7919) % 100_000)),
    list('decimals', (i) => `${(i * 7919) % 1000}.25`),
    list('words', (i) => (i % 3 === 0 ? 'null' : 'true')),
    list('deep', () => `${'{"a":['.repeat(25)}1${']}'.repeat(25)}`),
    shape('indented', JSON.stringify(filledRows(bytes), undefined, 2)),
    shape('beyond ASCII', call(`{"text":${JSON.stringify('Größe – ünïcödé 漢字 '.repeat(Math.ceil(bytes / 30)))}}`)),
    shape('escapes', call(`{"text":${JSON.stringify('line one\n"quoted" \\ tab\t'.repeat(Math.ceil(bytes / 30)))}}`)),
  ]
}

/** The most values a body may hold, each as long as sixteen megabytes let it be. */
export function worstShapesOf(bytes: number): readonly Shape[] {
  const list = (name: string, item: (index: number) => string): Shape => ({ name, text: filled(item, '{"list":[', ']}', bytes) })
  const members = (name: string, perObject: number, key: (index: number) => string): Shape =>
    list(name, (i) => `{${Array.from({ length: perObject }, (_, k) => `"${key(i * perObject + k)}":1`).join(',')}}`)
  return [
    { name: 'one text', text: `{"text":"${'x'.repeat(bytes - 11)}"}` },
    list('strings', (i) => `"s${String(i).padStart(28, '0')}"`),
    list('strings with an escape', (i) => String.raw`"\n${String(i).padStart(26, '0')}"`),
    list('numbers as serialized', (i) => String(Math.sin(i + 1))),
    list('numbers spelled otherwise', (i) => withZero(String(Math.sin(i + 1)))),
    list('empty objects', () => '{}'),
    members('names, 3 an object, none twice', 3, (i) => `k${i.toString(36).padStart(23, '0')}`),
    members('names, 900 an object, none twice', 900, (i) => `k${i.toString(36).padStart(25, '0')}`),
    members('names, 99,000 with an escape', 900, (i) => `${i < MAX_ESCAPED_KEYS ? String.raw`\u00e9` : 'kkkkkk'}${i.toString(36).padStart(20, '0')}`),
  ]
}

function call(args: string): string {
  return `{"jsonrpc":"2.0","id":17,"method":"tools/call","params":{"name":"refund_issue","arguments":${args},"_meta":{"progressToken":4}}}`
}

function argumentsOf(bytes: number): string {
  const items = Array.from({ length: 8 }, (_, i) => ({ sku: `SKU-${1000 + i}`, quantity: i + 1 }))
  const reason = PROSE.repeat(Math.max(1, Math.floor((bytes - 500) / PROSE.length)))
  return JSON.stringify({ ticket_id: 'T-1042', amount_cents: 4000, currency: 'EUR', reason, notify: true, items })
}

function chatMessage(index: number): string {
  return JSON.stringify({ role: index % 2 === 0 ? 'user' : 'assistant', content: PROSE.slice(0, 40 + ((index * 17) % 50)) })
}

function filledRows(bytes: number): unknown {
  return Array.from({ length: Math.ceil(bytes / 60) }, (_, id) => ({ id, name: `n${id}`, ok: true }))
}

/** The same number, as no serializer writes it. */
function withZero(number: string): string {
  return number.includes('e') ? number.replace('e', '0e') : `${number}0`
}

/** As many items as fit, and as the reader takes. */
function filled(item: (index: number) => string, open: string, close: string, bytes: number): string {
  const items: string[] = []
  let length = open.length + close.length
  let values = 2
  for (let index = 0; ; index++) {
    const next = item(index)
    length += next.length + 1
    values += 1 + (next.match(/[:[]/g)?.length ?? 0)
    if (length > bytes || values > MAX_VALUES) return `${open}${items.join(',')}${close}`
    items.push(next)
  }
}
