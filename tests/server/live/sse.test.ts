import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type EventStream, openEventStream } from '../../../server/live/sse.ts'

describe('openEventStream', () => {
  let server: Server
  let socket: Socket
  let stream: EventStream
  let ends: number

  beforeEach(async () => {
    ends = 0
    const isOpen = new Promise<EventStream>((resolve) => {
      server = createServer((_request, response) => resolve(openEventStream(response, () => ends++)))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo // it listens on TCP
    socket = connect(port, '127.0.0.1')
    socket.on('error', () => undefined)
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    stream = await isOpen
  })
  afterEach(() => {
    socket.destroy()
    server.close()
  })

  const readUntil = async (text: string): Promise<void> => {
    let seen = ''
    for await (const chunk of socket) {
      seen += String(chunk)
      if (seen.includes(text)) return
    }
    throw new Error(`ended without ${text}`)
  }

  test('writes events as data lines', async () => {
    stream.send({ type: 'applied', contact: 7, seq: 3 })
    await readUntil('data: {"type":"applied","contact":7,"seq":3}\n\n')
  })

  test('sends a comment every 15 s', async () => {
    await readUntil(': beat\n\n')
  }, 45_000)

  test('gives up a reader that does not read', async () => {
    socket.pause()
    const page = { contact: 7, after: 0, head: 1, entries: [] }
    // Far more than the system's own buffers take in.
    const hasEnded = () => ends > 0
    for (let count = 0; count < 400_000 && !hasEnded(); count++) {
      stream.send({ type: 'page', page })
      if (count % 1000 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    await expect.poll(() => ends).toBe(1)
  })

  test('ends once, whichever side ends it, and then takes no more', async () => {
    socket.destroy()
    await expect.poll(() => ends).toBe(1)
    stream.end()
    stream.send({ type: 'ended' })
    expect(ends).toBe(1)
  })
})
