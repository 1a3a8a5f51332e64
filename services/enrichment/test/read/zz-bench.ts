import { readCall } from '../../src/read/read-call.ts'
import { http, resource, JSON_HEADERS } from './fixtures.ts'
const line = 'const x = "a\\b"; // comment é ü\n\tif (x) { return `${y}` }\n'
const msg = (text: string) => ({ role: 'user', content: text })
const upTo = (n: number, make: (k: number) => unknown) => { let k = 1; let s = ''; do { s = JSON.stringify(make(k)); k = Math.max(k + 1, Math.floor(k * n / s.length * 0.98)) } while (s.length < n * 0.95); return Buffer.from(s).subarray(0) }
const chat = '/v1/chat/completions'
const fn = (i: number) => ({ type: 'function', function: { name: `t${i}`, description: 'does a thing', parameters: { type: 'object', properties: { a: { type: 'string', enum: ['x', 'y'] }, b: { type: 'number' } }, required: ['a'] } } })
const shapes: Record<string, [string, (k: number) => unknown]> = {
  'base64 image': [chat, (k) => ({ model: 'm', messages: [msg('A'.repeat(k * 1000))] })],
  'source code': [chat, (k) => ({ model: 'm', messages: Array.from({ length: 50 }, () => msg(line.repeat(k))), tools: Array.from({ length: 100 }, (_, i) => fn(i)) })],
  'short messages': [chat, (k) => ({ model: 'm', messages: Array.from({ length: k }, () => msg('Hello there, how is it going? '.repeat(5))) })],
  'only quotes': [chat, (k) => ({ model: 'm', messages: [msg('"'.repeat(k * 1000))] })],
  'cjk': [chat, (k) => ({ model: 'm', messages: [msg('日本語テキスト'.repeat(k * 100))] })],
  'anthropic batch': ['/v1/messages/batches', (k) => ({ requests: Array.from({ length: k }, (_, i) => ({ custom_id: `r${i}`, params: { model: 'm', max_tokens: 5, messages: [msg('Hello there, how is it going? '.repeat(8))] } })) })],
  'responses items': ['/v1/responses', (k) => ({ model: 'm', input: Array.from({ length: k }, () => ({ type: 'message', ...msg('Hello there, how is it going? '.repeat(5)) })) })],
  'many keys': [chat, (k) => ({ model: 'm', messages: Array.from({ length: k }, (_, i) => ({ role: 'user', content: 'x'.repeat(60), [`k${i}`]: 1 })) })],
}
const run = (name: string, path: string, body: Buffer, headers = JSON_HEADERS) => {
  const times: number[] = []
  let ok: unknown; const cpu: number[] = []
  for (let i = 0; i < (body.length > 1e6 ? 7 : 40); i++) { const c0 = process.cpuUsage().user; const t = performance.now(); const r = readCall(resource('llm', { maxBodyBytes: 17 << 20 }), http({ path, raw: body, headers })); times.push(performance.now() - t); cpu.push((process.cpuUsage().user - c0) / 1000); ok = r.ok ? 'ok' : JSON.stringify(r.denial) }
  times.sort((a, b) => a - b); cpu.sort((a, b) => a - b)
  console.log(name.padEnd(16), String(body.length).padEnd(9), 'p50', times[times.length >> 1]?.toFixed(1), 'max', times.at(-1)?.toFixed(1), "min", times[0]?.toFixed(1), "cpu p50", cpu[cpu.length >> 1]?.toFixed(1), "cpu min", cpu[0]?.toFixed(1), ok)
}
for (const [name, [path, make]] of Object.entries(shapes)) for (const size of [256 << 10, 16 << 20]) { const b = upTo(size, make); run(name, path, b.length > (17 << 20) ? upTo(size / 3, make) : b) }
const form = (size: number, boundary: string, fill: Buffer) => Buffer.concat([Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="model"\r\n\r\nwhisper-1\r\n--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\nContent-Type: audio/wav\r\n\r\n`), Buffer.alloc(size, fill), Buffer.from(`\r\n--${boundary}--\r\n`)])
for (const [b, f] of [['abcdef', 'x'], ['a' + '-'.repeat(69), '-'], ['-'.repeat(69) + 'a', '-'], ['-'.repeat(35) + 'a' + '-'.repeat(34), '-'], ['a' + '-'.repeat(69), '-'.repeat(71) + 'b']] as const)
  run('form ' + b.slice(0, 4) + f.slice(0, 3), '/v1/audio/transcriptions', form(16 << 20, b, Buffer.from(f)), [['content-type', `multipart/form-data; boundary=${b}`]])
run('form lines', '/v1/audio/transcriptions', form(16 << 20, 'b', Buffer.from('\r\n')), [['content-type', `multipart/form-data; boundary=b`]])
run('tools null', chat, Buffer.from(JSON.stringify({ model: 'm', messages: [], tools: null })))
run('10k tools', chat, Buffer.from(JSON.stringify({ model: 'm', messages: [], tools: Array.from({ length: 10000 }, (_, i) => fn(i)) })))
