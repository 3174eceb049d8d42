/** An app that answers each request with what it was asked, to see what nginx makes of it. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import { findFreePort } from '../support/free-port.ts'

export interface Heard {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly bodyBytes: number
}

export interface Echo {
  /** As APP_SERVERS wants it. */
  readonly place: string
  /** Every request that came through, in order. */
  readonly heard: readonly Heard[]
  /** Writes to all streams that are open: requests for /api/stream, which are not ended. */
  say(text: string): void
  stop(): Promise<void>
}

/** Listens on loopback, or on a socket at this path. */
export async function startEcho(socket?: string): Promise<Echo> {
  const port = await findFreePort()
  const heard: Heard[] = []
  const streams = new Set<ServerResponse>()
  const server = createServer((request, response) => {
    let bodyBytes = 0
    request.on('data', (part: Buffer) => (bodyBytes += part.length))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      heard.push({ method, url, headers, bodyBytes })
      if (url !== '/api/stream') return void response.end(JSON.stringify(heard.at(-1)))
      response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders()
      streams.add(response)
    })
  })
  const where = socket === undefined ? { port, host: '127.0.0.1' } : { path: socket, writableAll: true }
  await new Promise<void>((resolve) => void server.listen(where, resolve))
  return {
    place: socket === undefined ? `127.0.0.1:${port}` : `unix:${socket}`,
    heard,
    say: (text) => {
      for (const stream of streams) stream.write(text)
    },
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}
