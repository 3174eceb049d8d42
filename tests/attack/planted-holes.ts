/** A small server that does what one must not: each attack tool has to find these holes before it is believed to find none. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { findFreePort } from '../support/free-port.ts'

export interface PlantedHoles {
  readonly origin: string
  stop(): Promise<void>
}

/** Takes the text of a statement as it comes. */
type Query = (sql: string) => Promise<readonly unknown[]>

/** Starts it on a database whose text it builds out of what it is sent. */
export async function startPlantedHoles(query: Query): Promise<PlantedHoles> {
  const port = await findFreePort()
  const server = createServer((request, response) => {
    answer(query, request, response).catch((error: unknown) => {
      response.writeHead(500).end(`[SQLITE_ERROR] You have an error in your SQL syntax: ${String(error)}`)
    })
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${port}`,
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function answer(query: Query, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const address = new URL(request.url ?? '/', 'http://localhost')
  const given = Buffer.concat(await request.toArray()).toString()
  if (request.method === 'POST') {
    const { username } = JSON.parse(given) as { username: string } // only the tool calls it
    const rows = await query(`select username from accounts where username = '${username}'`)
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(rows))
    return
  }
  const next = address.searchParams.get('next')
  if (next !== null) {
    response.writeHead(302, { Location: next }).end()
    return
  }
  const name = address.searchParams.get('name') ?? ''
  const rows = name === '' ? [] : await query(`select username from accounts where username = '${name}'`)
  response.writeHead(200, { 'Content-Type': 'text/html', 'Set-Cookie': 'session=1' }).end(`<!doctype html>
<title>Planted</title>
<a href="/?name=somebody">somebody</a> <a href="/?next=/">on</a>
<form action="/"><input name="name"><button>Find</button></form>
<p>${name}: ${rows.length} found</p>`)
}
