import { connect } from 'node:net'
import { createServer } from 'node:http'
import { expect, it } from 'vitest'
import { hasMediaType } from '../../src/http/media-type.ts'

const FORM = 'application/x-www-form-urlencoded'

/** What a real request with these header lines is taken for. */
async function taken(...lines: readonly string[]): Promise<boolean> {
  const judged = Promise.withResolvers<boolean>()
  const server = createServer((request, response) => {
    judged.resolve(hasMediaType(request, FORM))
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const socket = connect(address.port, '127.0.0.1')
  socket.write(['POST / HTTP/1.1', 'Host: x', 'Connection: close', 'Content-Length: 0', ...lines, '', ''].join('\r\n'))
  const outcome = await judged.promise
  socket.destroy()
  server.closeAllConnections()
  await new Promise<void>((resolve) => server.close(() => resolve()))
  return outcome
}

it('takes exactly the one type, in any case, in UTF-8 or unsaid', async () => {
  expect(await taken(`Content-Type: ${FORM}`)).toBe(true)
  expect(await taken(`Content-Type: Application/X-WWW-Form-Urlencoded; Charset=UTF-8`)).toBe(true)
})

it.each([
  [[]],
  [['Content-Type: application/json']],
  [[`Content-Type: ${FORM}; charset=utf-16`]],
  [[`Content-Type: ${FORM}; boundary=x`]],
  [[`Content-Type: ${FORM}, application/json`]],
  // Node keeps the first, another parser the last.
  [[`Content-Type: ${FORM}`, 'Content-Type: application/json']],
  [['Content-Type: application/json', `Content-Type: ${FORM}`]],
])('does not take %j', async (lines) => {
  expect(await taken(...lines)).toBe(false)
})
