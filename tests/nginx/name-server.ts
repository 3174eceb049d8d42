/** A name server that knows one answer: every name is at one address of this machine, which can be moved. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'

export interface NameServer {
  /** As RESOLVER wants it. */
  readonly place: string
  /** The address of every name from now on: 127.0.0.x. */
  move(lastByte: number): void
  stop(): Promise<void>
}

const HEAD_BYTES = 12
/** A response, without an error. */
const FLAGS = 0x8180

export async function startNameServer(): Promise<NameServer> {
  let lastByte = 1
  const socket = createSocket('udp4')
  socket.on('message', (asked, { port, address }) => {
    // One question: a name, then four bytes of type and class.
    const question = asked.subarray(HEAD_BYTES, asked.indexOf(0, HEAD_BYTES) + 5)
    const head = Buffer.alloc(HEAD_BYTES)
    head.set(asked.subarray(0, 2))
    head.writeUInt16BE(FLAGS, 2)
    head.writeUInt16BE(1, 4)
    head.writeUInt16BE(1, 6)
    // The name of the question, A, IN, for one second, four bytes.
    const answer = Buffer.from([0xc0, HEAD_BYTES, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, 127, 0, 0, lastByte])
    socket.send(Buffer.concat([head, question, answer]), port, address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return {
    place: `127.0.0.1:${socket.address().port}`,
    move: (to) => void (lastByte = to),
    stop: async () => {
      socket.close()
      await once(socket, 'close')
    },
  }
}
