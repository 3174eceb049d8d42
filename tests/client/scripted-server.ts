/** A small real HTTP server that answers appends as a test tells it, and keeps what it stored. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import * as v from 'valibot'
import { appendBody, type AppendAnswer } from '../../server/wire/log.ts'
import { findFreePort } from '../support/free-port.ts'
import { pathOf } from './path-of.ts'

export type Behaviour =
  | { readonly kind: 'status'; readonly status: number; readonly code?: string; readonly retryAfter?: string }
  /** Says nothing and leaves the connection open. */
  | { readonly kind: 'hang' }
  /** Cuts the connection without an answer and without having stored anything. */
  | { readonly kind: 'reset' }
  /** Stores, then cuts the connection. */
  | { readonly kind: 'reset-after-store' }
  /** Stores and answers with a body that is not ours. */
  | { readonly kind: 'foreign-answer-after-store' }

const TOKEN = 'A'.repeat(43)

export interface ScriptedServer {
  readonly fetch: typeof fetch
  /** Entry ids by conversation, in the order in which they were stored. */
  readonly stored: ReadonlyMap<number, readonly string[]>
  /** How many entries and bytes of envelopes each append held. */
  readonly appends: readonly { readonly contact: number; readonly entries: number; readonly bytes: number }[]
  /** Entry ids that are refused, with the code. */
  readonly refusals: Map<string, string>
  /** What the next appends meet, one each; afterwards the server works. */
  readonly script: Behaviour[]
  /** What every append to a conversation meets. */
  readonly always: Map<number, Behaviour>
  /** Who is signed in. */
  account: number | null
  /** The answer's `stored` in place of the true one, for a server that lies. */
  answersStored: AppendAnswer['stored'] | null
  close(): Promise<void>
}

export async function startScriptedServer(account: number): Promise<ScriptedServer> {
  const logs = new Map<number, string[]>()
  const appends: { contact: number; entries: number; bytes: number }[] = []
  const port = await findFreePort()

  function store(contact: number, entries: v.InferOutput<typeof appendBody>['entries']): AppendAnswer {
    const log = logs.get(contact) ?? []
    logs.set(contact, log)
    const stored: AppendAnswer['stored'] = []
    for (const { id } of entries) {
      const code = scripted.refusals.get(id)
      if (code) return v.parse(v.any(), { stored, refused: { id, code } }) as AppendAnswer // codes are the test's
      if (!log.includes(id)) log.push(id)
      stored.push({ id, seq: log.indexOf(id) + 1, acceptedAt: 1, isSameEnvelope: true })
    }
    return { stored: scripted.answersStored ?? stored, refused: null }
  }

  async function append(request: IncomingMessage, response: ServerResponse, contact: number): Promise<void> {
    const text = (await request.toArray()).map(String).join('')
    const { entries } = v.parse(appendBody, JSON.parse(text))
    const bytes = entries.reduce((sum, { envelope }) => sum + Buffer.byteLength(envelope), 0)
    appends.push({ contact, entries: entries.length, bytes })
    const behaviour = scripted.always.get(contact) ?? scripted.script.shift()
    switch (behaviour?.kind) {
      case 'status':
        if (behaviour.retryAfter !== undefined) response.setHeader('retry-after', behaviour.retryAfter)
        return answer(response, behaviour.status, { error: { code: behaviour.code ?? 'busy' } })
      case 'hang':
        return
      case 'reset':
        return void request.socket.destroy()
      case 'reset-after-store':
        store(contact, entries)
        return void request.socket.destroy()
      case 'foreign-answer-after-store':
        store(contact, entries)
        return answer(response, 200, { welcome: 'to the airport' })
      case undefined:
        return answer(response, 200, store(contact, entries))
    }
  }

  const server = createServer((request, response) => {
    const contact = /^\/api\/conversations\/(\d+)\/entries$/.exec(request.url ?? '')?.[1]
    if (contact !== undefined) return void append(request, response, Number(contact))
    const { account: id } = scripted
    const signedIn = id === null ? null : { id, username: `user${id}`.slice(0, 32) }
    answer(response, 200, {
      account: signedIn,
      token: TOKEN,
      now: 1,
      endsAt: null,
      endsAtLatest: null,
      recoveryCodesLeft: null,
      mustChangePassword: false,
    })
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')

  const scripted: ScriptedServer = {
    fetch: (input, init) => fetch(`http://127.0.0.1:${port}${pathOf(input)}`, init),
    stored: logs,
    appends,
    refusals: new Map(),
    script: [],
    always: new Map(),
    account,
    answersStored: null,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return scripted
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
