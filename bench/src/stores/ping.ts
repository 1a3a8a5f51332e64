// What one question to a Redis server costs here when nothing of ours is in it: PING over a plain socket, one at a time.
import { connect } from 'node:net'
import { timed } from './figure.ts'

export async function pings(port: number, times: number): Promise<readonly number[]> {
  const socket = connect(port, '127.0.0.1')
  socket.setNoDelay(true)
  let replied: (() => void) | undefined
  socket.on('data', () => replied?.())
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  const ping = (): Promise<void> =>
    new Promise((resolve) => {
      replied = resolve
      socket.write('PING\r\n')
    })
  try {
    await timed(times / 4, ping)
    return await timed(times, ping)
  } finally {
    socket.destroy()
  }
}
