/** WebDriver over Firefox's own socket: the length of the JSON in digits, a colon, the JSON. */
import { connect, type Socket } from 'node:net'
import { COMMANDS, WebDriverError, type Command, type Parameters, type WebDriver } from './webdriver.ts'

type Refusal = { readonly error: string; readonly message: string } | null
type Answer = readonly [type: 1, id: number, refusal: Refusal, result: unknown]

interface Waiting {
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
}

/** Begins a session at the Firefox that listens on `port` of this machine. */
export async function connectMarionette(port: number): Promise<WebDriver> {
  const line = new Line(connect(port, '127.0.0.1'))
  await line.send('WebDriver:NewSession', {})
  return {
    async send(command: Command, parameters: Parameters = {}) {
      const result = await line.send(COMMANDS[command][2], parameters)
      return isValue(result) ? result.value : result
    },
    async close() {
      await line.send('Marionette:Quit', { flags: ['eForceQuit'] })
      line.end()
    },
  }
}

/** Some commands answer with their value, others with an object that has it as its only member. */
function isValue(result: unknown): result is { readonly value: unknown } {
  return result !== null && typeof result === 'object' && Object.keys(result).join() === 'value'
}

class Line {
  readonly #socket: Socket
  readonly #waiting = new Map<number, Waiting>()
  #lastId = 0
  #received = Buffer.alloc(0)

  constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('close', () => this.#end(new Error('Firefox closed its line')))
    socket.on('error', (error) => this.#end(error))
  }

  send(name: string, parameters: Parameters): Promise<unknown> {
    const id = ++this.#lastId
    const text = Buffer.from(JSON.stringify([0, id, name, parameters]))
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#socket.write(`${text.length}:`)
      this.#socket.write(text)
    })
  }

  end(): void {
    this.#socket.destroy()
  }

  #receive(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk])
    for (;;) {
      const colon = this.#received.indexOf(':')
      if (colon < 0) return
      const end = colon + 1 + Number(this.#received.toString('latin1', 0, colon))
      if (this.#received.length < end) return
      const message: unknown = JSON.parse(this.#received.toString('utf8', colon + 1, end))
      this.#received = this.#received.subarray(end)
      // The greeting is an object; all else answers a command.
      if (Array.isArray(message)) this.#settle(message as unknown as Answer)
    }
  }

  #settle([, id, refusal, result]: Answer): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (refusal) waiting?.reject(new WebDriverError(refusal.error, refusal.message))
    else waiting?.resolve(result)
  }

  #end(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }
}
