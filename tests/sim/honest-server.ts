/**
 * The server's promises in memory: sessions, identities, run tokens, logs, marks and live streams. What becomes of an entry is
 * decided by the server's own rules, and bodies are parsed by the wire's schemas.
 */
import * as v from 'valibot'
import { readCandidates, type Candidate } from '../../server/commands/read-candidates.ts'
import { judgeEntries } from '../../server/commands/judge-entries.ts'
import { toLogPage } from '../../server/log-page.ts'
import { ERROR_STATUS, type ErrorCode } from '../../server/wire/errors.ts'
import type { Account, RunRecord, Session } from '../../server/wire/account.ts'
import type { NewEntryRow } from '../../server/stores/entries.ts'
import type { MarkRow } from '../../server/stores/marks.ts'
import {
  PAGE_MOST_ENTRIES,
  type AppendAnswer,
  type Conversation,
  type LogPage,
} from '../../server/wire/log.ts'
import { parseEnvelope } from '../../server/wire/envelope.ts'
import { publishPrekeysBody, type DrawnPrekey, type PrekeyStock } from '../../server/wire/prekey.ts'
import { routes, type RouteName } from '../../server/wire/routes.ts'
import type { StreamEvent } from '../../server/wire/stream.ts'
import { keySetIdOf, type Sha256 } from './judge-log.ts'
import { PrekeyShelf } from './prekey-shelf.ts'

export class ServerRefusal extends Error {
  readonly code: ErrorCode
  readonly status: number
  readonly retryAfterMs: number | null

  constructor(code: ErrorCode, retryAfterMs: number | null = null) {
    super(code)
    this.code = code
    this.retryAfterMs = retryAfterMs
    this.status = ERROR_STATUS[code]
  }
}

export interface ServerSession {
  readonly account: number
  isOver: boolean
}

export interface ServerStream {
  readonly session: ServerSession
  send(event: StreamEvent): void
  end(): void
}

export interface Log {
  readonly pair: readonly [number, number]
  /** What each account is shown. Honestly, both are shown the same rows. */
  readonly views: Map<number, NewEntryRow[]>
  readonly applied: Map<number, number>
  /** By sender, oldest first. */
  readonly marks: Map<number, MarkRow[]>
}

export interface Call {
  readonly method: string
  readonly path: string
  readonly body: unknown
  /** Null: nobody is signed in. */
  readonly session: ServerSession | null
}

export interface ServerTools {
  readonly nowMs: () => number
  readonly sha256: Sha256
}

const TOKEN = 'A'.repeat(43)

export class HonestServer {
  readonly accounts: ReadonlyMap<number, Account>
  /** Every identity that was ever published, in order. */
  readonly identities = new Map<number, string[]>()
  readonly #runs = new Map<string, string>()
  readonly #logs = new Map<string, Log>()
  readonly #streams = new Set<ServerStream>()
  readonly #prekeys = new PrekeyShelf()
  readonly #nowMs: () => number
  readonly #sha256: Sha256

  /** `sha256`: as the browsers compute it. */
  constructor(accounts: readonly Account[], { nowMs, sha256 }: ServerTools) {
    this.accounts = new Map(accounts.map((account) => [account.id, account]))
    this.#nowMs = nowMs
    this.#sha256 = sha256
  }

  /** Answers a call. Throws `ServerRefusal`. */
  answer(call: Call): unknown {
    const { name, params, query } = findRoute(call)
    const schema = routes[name].body
    if (schema && !v.is(schema, call.body)) throw new ServerRefusal('invalid_body')
    if (name === 'session') return this.#describeSession(call.session)
    const account = accountOf(call.session)
    const contact = Number(params['contact'])
    if (params['contact'] !== undefined) this.#requireContact(account, contact)
    const body = call.body as Record<string, unknown> // parsed above
    const answers: Partial<Record<RouteName, () => unknown>> = {
      ownIdentity: () => ({ identity: this.#identityOf(account), publishedAt: null }),
      publishIdentity: () => this.#publish(account, String(body['identity']), body['replaces']),
      prekeyStock: () => this.#stockOf(account),
      publishPrekeys: () => this.#stockUp(account, v.parse(publishPrekeysBody, call.body)),
      drawPrekey: () => this.#drawOf(contact),
      account: () => ({ ...this.accounts.get(contact), identity: this.#identityOf(contact) }),
      securityEvents: () => ({ events: [] }),
      beginRun: () => this.beginRun(account, v.parse(routes.beginRun.body, call.body)),
      append: () => this.append(account, contact, v.parse(routes.append.body, call.body).entries),
      pull: () => this.pull(account, contact, Number(query.get('after'))),
      applied: () => this.#moveApplied(account, contact, Number(body['seq'])),
      conversations: () => ({ conversations: this.#describeConversations(account) }),
    }
    const answer = answers[name]
    if (!answer) throw new ServerRefusal('not_found')
    return answer()
  }

  /** Joins a stream, which gets `hello` first. */
  open(stream: ServerStream): void {
    const account = accountOf(stream.session)
    const isFirst = !this.#isOnline(account)
    this.#streams.add(stream)
    const conversations = this.#describeConversations(account)
    stream.send({ type: 'hello', now: this.#nowMs(), conversations })
    if (isFirst) this.#tellPresence(account)
  }

  /** The server has noticed that nobody is there any more. */
  close(stream: ServerStream): void {
    const { account } = stream.session
    if (this.#streams.delete(stream) && !this.#isOnline(account)) this.#tellPresence(account)
  }

  endSession(session: ServerSession): void {
    session.isOver = true
    for (const stream of this.#streams) {
      if (stream.session !== session) continue
      stream.send({ type: 'ended' })
      stream.end()
      this.close(stream)
    }
  }

  /** The log of two accounts, as `account` is shown it. */
  entries(account: number, contact: number): readonly NewEntryRow[] {
    const log = this.#logs.get(nameOf(account, contact))
    return log ? viewOf(log, account) : []
  }

  /** Shows the other side what `sender` has stored. A server that shows both the same rows has nothing to do. */
  protected relay(_log: Log, _sender: number, _rows: readonly NewEntryRow[]): void {
    // See above.
  }

  #describeSession(session: ServerSession | null): Session {
    const account = session && !session.isOver ? (this.accounts.get(session.account) ?? null) : null
    return {
      account,
      token: TOKEN,
      now: this.#nowMs(),
      endsAt: null,
      endsAtLatest: null,
      recoveryCodesLeft: null,
      mustChangePassword: false,
    }
  }

  #requireContact(account: number, contact: number): void {
    if (contact === account) throw new ServerRefusal('conversation_with_self')
    if (!this.accounts.has(contact)) throw new ServerRefusal('account_not_found')
  }

  #identityOf(account: number): string | null {
    return this.identities.get(account)?.at(-1) ?? null
  }

  #publish(account: number, identity: string, replaces: unknown): unknown {
    if (this.#identityOf(account) !== replaces) throw new ServerRefusal('identity_conflict')
    this.identities.set(account, [...(this.identities.get(account) ?? []), identity])
    this.#prekeys.clear(account)
    return { identity, publishedAt: this.#nowMs() }
  }

  #stockOf(account: number): PrekeyStock {
    return { identity: this.#identityOf(account), stock: this.#prekeys.count(account, this.#nowMs()) }
  }

  #stockUp(
    account: number,
    { identity, prekeys, isWholeStock }: v.InferOutput<typeof publishPrekeysBody>,
  ): PrekeyStock {
    if (this.#identityOf(account) !== identity) throw new ServerRefusal('identity_conflict')
    if (isWholeStock) this.#prekeys.clear(account)
    this.#prekeys.add(account, prekeys, this.#nowMs())
    return this.#stockOf(account)
  }

  #drawOf(contact: number): DrawnPrekey {
    const drawn = this.#prekeys.draw(contact, this.#nowMs())
    if ('retryAfterMs' in drawn) throw new ServerRefusal('too_many_draws', drawn.retryAfterMs)
    return { account: contact, identity: this.#identityOf(contact), prekey: drawn.prekey }
  }

  protected beginRun(account: number, run: { install: string; previous: string[]; next: string }): RunRecord {
    const name = `${account}/${run.install}`
    const last = this.#runs.get(name)
    this.#runs.set(name, run.next)
    const isKnown = last === undefined ? run.previous.length === 0 : run.previous.includes(last)
    const marks = [...this.#logs.values()].flatMap((log) => {
      const newest = log.marks.get(account)?.at(-1)
      if (!newest) return []
      const { keySet, iv } = newest
      return [
        { contact: otherOf(log, account), keys: keySet.toString('base64url'), IV: iv.toString('base64url') },
      ]
    })
    return { isKnown, marks }
  }

  protected append(
    sender: number,
    contact: number,
    entries: readonly { id: string; envelope: string }[],
  ): AppendAnswer {
    const { candidates, refused } = readCandidates(entries)
    if (candidates.length === 0) return { stored: [], refused }
    const log = this.#logOf(sender, contact)
    const own = log.marks.get(sender) ?? []
    const view = viewOf(log, sender)
    const judgement = judgeEntries(
      candidates.map((one) => this.#withNextKeySet(one)),
      {
        head: view.length,
        lastAcceptedAt: view.at(-1)?.acceptedAt ?? 0,
        known: view.filter((row) => candidates.some((one) => one.entryId.equals(row.entryId))),
        newestMark: own.at(-1) ?? null,
        usedKeySets: own.map((mark) => mark.keySet),
      },
      { sender, now: this.#nowMs() },
    )
    log.marks.set(sender, raise(own, judgement.marks))
    this.#publishAfter(log, () => {
      view.push(...judgement.rows)
      this.relay(log, sender, judgement.rows)
    })
    return { stored: judgement.stored, refused: judgement.refused ?? refused }
  }

  /** The key set that a change begins, by the hash that the browsers use. */
  #withNextKeySet(candidate: Candidate): Candidate {
    const envelope = parseEnvelope(candidate.envelope)
    if (envelope?.type !== 'change') return candidate
    const keySet = keySetIdOf(this.#sha256, envelope.exchange, envelope.salt)
    return { ...candidate, nextKeySet: Buffer.from(keySet, 'base64url') }
  }

  protected pull(account: number, contact: number, after: number): LogPage {
    const rows = this.entries(account, contact)
    if (after > rows.length) throw new ServerRefusal('cursor_beyond_head')
    return toLogPage(rows.slice(after, after + PAGE_MOST_ENTRIES), { contact, after, head: rows.length })
  }

  #moveApplied(account: number, contact: number, seq: number): unknown {
    const log = this.#logOf(account, contact)
    if (seq > viewOf(log, account).length) throw new ServerRefusal('cursor_beyond_head')
    if (seq > (log.applied.get(account) ?? 0)) {
      log.applied.set(account, seq)
      this.#tell(contact, { type: 'applied', contact: account, seq })
    }
    return {}
  }

  /** Tells both sides what they are shown since. */
  #publishAfter(log: Log, work: () => void): void {
    const before = log.pair.map((to) => viewOf(log, to).length)
    work()
    for (const [index, to] of log.pair.entries()) this.#publishPage(log, to, before[index] ?? 0)
  }

  #publishPage(log: Log, to: number, after: number): void {
    const rows = viewOf(log, to)
    const contact = otherOf(log, to)
    if (rows.length === after) return
    const page = toLogPage(rows.slice(after), { contact, after, head: rows.length })
    this.#tell(to, { type: 'page', page })
    if (after === 0) this.#tell(to, { type: 'online', contact, isOnline: this.#isOnline(contact) })
  }

  #describeConversations(account: number): Conversation[] {
    return this.#logsOf(account).map((log) => {
      const id = otherOf(log, account)
      return {
        contact: { id, username: this.accounts.get(id)?.username ?? '' },
        head: viewOf(log, account).length,
        contactApplied: log.applied.get(id) ?? 0,
        isContactOnline: this.#isOnline(id),
      }
    })
  }

  #isOnline(account: number): boolean {
    return [...this.#streams].some((stream) => stream.session.account === account)
  }

  #tellPresence(account: number): void {
    const isOnline = this.#isOnline(account)
    for (const log of this.#logsOf(account))
      this.#tell(otherOf(log, account), { type: 'online', contact: account, isOnline })
  }

  #tell(account: number, event: StreamEvent): void {
    for (const stream of this.#streams) if (stream.session.account === account) stream.send(event)
  }

  #logsOf(account: number): Log[] {
    return [...this.#logs.values()].filter(
      (log) => log.pair.includes(account) && viewOf(log, account).length > 0,
    )
  }

  #logOf(one: number, other: number): Log {
    const name = nameOf(one, other)
    const rows: NewEntryRow[] = []
    const log = this.#logs.get(name) ?? {
      pair: [Math.min(one, other), Math.max(one, other)] as const,
      views: new Map([
        [one, rows],
        [other, rows],
      ]),
      applied: new Map<number, number>(),
      marks: new Map<number, MarkRow[]>(),
    }
    this.#logs.set(name, log)
    return log
  }
}

function accountOf(session: ServerSession | null): number {
  if (!session || session.isOver) throw new ServerRefusal('not_signed_in')
  return session.account
}

function findRoute({ method, path }: Call): {
  name: RouteName
  params: Readonly<Record<string, string>>
  query: URLSearchParams
} {
  const url = new URL(path, 'http://server')
  for (const [name, route] of Object.entries(routes)) {
    const pattern = new RegExp(`^${route.path.replace(/:([a-z]+)/g, '(?<$1>[^/]+)')}$`)
    const match = pattern.exec(url.pathname)
    if (match && route.method === method)
      return { name: name as RouteName, params: match.groups ?? {}, query: url.searchParams } // a key of the table
  }
  throw new ServerRefusal('not_found')
}

const nameOf = (one: number, other: number): string => `${Math.min(one, other)}/${Math.max(one, other)}`

export const viewOf = ({ views }: Log, account: number): NewEntryRow[] => views.get(account) ?? []

export const otherOf = ({ pair: [lower, higher] }: Log, account: number): number =>
  account === lower ? higher : lower

function raise(own: readonly MarkRow[], marks: readonly MarkRow[]): MarkRow[] {
  const byNumber = new Map([...own, ...marks].map((mark) => [mark.number, mark]))
  return [...byNumber.values()]
}
