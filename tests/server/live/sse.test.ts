import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type EventStream, openEventStream } from '../../../server/live/sse.ts'

describe('openEventStream', () => {
  let server: Server
  let socket: Socket
  let response: ServerResponse
  let stream: EventStream
  /** Of this test's streams; a stream of the test before may end late. */
  let ends: { count: number }

  beforeEach(async () => {
    const own = { count: 0 }
    ends = own
    const isOpen = new Promise<EventStream>((resolve) => {
      server = createServer((_request, given) => {
        response = given
        resolve(openEventStream(given, () => own.count++))
      })
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
    const hasEnded = () => ends.count > 0
    for (let count = 0; count < 400_000 && !hasEnded(); count++) {
      stream.send({ type: 'page', page })
      if (count % 1000 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    await expect.poll(() => ends.count).toBe(1)
  })

  test('does not wait for ever for a reader that does not read the end', async () => {
    socket.pause()
    const envelope = 'x'.repeat(10_000)
    const entries = [{ seq: 1, id: 'A'.repeat(22), sender: 7, acceptedAt: 1, envelope }]
    // Until the system's own buffers are full.
    while (response.writableLength < 100_000) {
      stream.send({ type: 'page', page: { contact: 7, after: 0, head: 1, entries } })
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(ends.count).toBe(0)
    stream.end()
    await expect.poll(() => ends.count).toBe(1)
  })

  test('has ended where the reader was gone before it was opened', async () => {
    socket.destroy()
    await expect.poll(() => ends.count).toBe(1)
    openEventStream(response, () => ends.count++)
    await expect.poll(() => ends.count).toBe(2)
  })

  test('ends once, whichever side ends it, and then takes no more', async () => {
    socket.destroy()
    await expect.poll(() => ends.count).toBe(1)
    stream.end()
    stream.send({ type: 'ended' })
    expect(ends.count).toBe(1)
  })
})
