/**
 * A server that lies: it shows the two sides different logs, refuses without a reason, and tells wrong marks and tokens. Every
 * manipulation is written down, so that afterwards the witness can ask who noticed. Key exchanges are not altered: that is the
 * base assumption of the protocol.
 */
import type { Account, RunRecord } from '../../server/wire/account.ts'
import type { NewEntryRow } from '../../server/stores/entries.ts'
import { parseEnvelope, type Envelope, type MessageEnvelope } from '../../server/wire/envelope.ts'
import type { AppendAnswer, LogPage } from '../../server/wire/log.ts'
import { HonestServer, otherOf, viewOf, type Log, type ServerTools } from './honest-server.ts'
import type { Randomness } from './randomness.ts'

export type ManipulationKind =
  | (typeof OMISSIONS)[number]
  | Change
  | 'gap in a page'
  | 'time falls in a page'
  | 'page from elsewhere'
  | 'wrong marks'
  | 'wrong token'
  | 'refused without a reason'

export interface Manipulation {
  readonly kind: ManipulationKind
  /** Who is shown something else than what was sent. */
  readonly victim: number
  /** In the victim's log; 0 for what stands nowhere in it. */
  readonly seq: number
  /** Key set of a message that was dropped. */
  readonly keys: string | null
}

/** Lies about entries on their way to the other side: those that leave them out, and those that change or add one. */
const OMISSIONS = ['dropped', 'swapped', 'forked'] as const
const CHANGES = [
  'replayed',
  'replayed under a new id',
  'reflected',
  'altered',
  'moved to another id',
  'injected',
  'put into our mouth',
  'dated otherwise',
] as const
type Change = (typeof CHANGES)[number]
const RELAYS = [...OMISSIONS, ...CHANGES]

/** Of the entries that pass. */
const RELAY_LIED = 0.15
/** Every server has a lie that it likes best. */
const FAVOURED = 0.6
/** Of the pulls that bring two entries or more, which are few. */
const PAGE_LIED = 0.3
const ANSWER_LIED = 0.15
const REFUSED = 0.03
const FORK_MOST_ENTRIES = 6
/** A mark so far ahead that it must not be taken over. */
const FAR_AHEAD = 2n ** 40n

export class HostileServer extends HonestServer {
  /** From the first settling on it only shows what it has made of the logs. */
  isLying = true
  readonly manipulations: Manipulation[] = []
  readonly #chance: Randomness
  /** By victim: an entry that waits for the next one to overtake it. */
  readonly #held = new Map<number, NewEntryRow>()
  #forkedEntriesLeft = 0
  readonly #favourite: (typeof RELAYS)[number]
  /** Few lies show whether each alone is noticed. */
  #liesLeft: number

  constructor(accounts: readonly Account[], tools: ServerTools, chance: Randomness) {
    super(accounts, tools)
    this.#chance = chance
    this.#favourite = chance.pick(RELAYS)
    this.#liesLeft = chance.pick([1, 1, 2, 1000])
  }

  protected override relay(log: Log, sender: number, rows: readonly NewEntryRow[]): void {
    const victim = otherOf(log, sender)
    if (viewOf(log, victim) === viewOf(log, sender))
      log.views.set(victim, viewOf(log, sender).slice(0, viewOf(log, sender).length - rows.length))
    for (const row of rows) this.#relayOne(log, victim, row)
  }

  protected override beginRun(
    account: number,
    run: { install: string; previous: string[]; next: string },
  ): RunRecord {
    const honest = super.beginRun(account, run)
    if (!this.#liesWith(ANSWER_LIED)) return honest
    if (this.#chance.isLikely(0.5)) {
      this.#note('wrong token', account)
      return { ...honest, isKnown: !honest.isKnown }
    }
    this.#note('wrong marks', account)
    const ahead = this.#chance.pick([-1n, 1n, 3n, FAR_AHEAD])
    const marks = honest.marks.map((mark) => ({ ...mark, IV: shiftIv(mark.IV, ahead) }))
    return { ...honest, marks: this.#chance.isLikely(0.3) ? [] : marks }
  }

  protected override append(
    sender: number,
    contact: number,
    entries: readonly { id: string; envelope: string }[],
  ): AppendAnswer {
    const [first] = entries
    if (!first || !this.#liesWith(REFUSED)) return super.append(sender, contact, entries)
    this.#note('refused without a reason', sender)
    const code = this.#chance.pick(['iv_not_rising', 'key_set_superseded', 'malformed_envelope'] as const)
    return { stored: [], refused: { id: first.id, code } }
  }

  protected override pull(account: number, contact: number, after: number): LogPage {
    const page = super.pull(account, contact, after)
    if (page.entries.length < 2 || !this.#liesWith(PAGE_LIED)) return page
    const [first, second, ...rest] = page.entries
    if (!first || !second) return page
    const seq = second.seq
    switch (this.#chance.pick(['gap', 'time', 'elsewhere'] as const)) {
      case 'gap':
        this.#note('gap in a page', account, seq)
        return { ...page, entries: [first, ...rest] }
      case 'time':
        this.#note('time falls in a page', account, seq)
        return { ...page, entries: [first, { ...second, acceptedAt: first.acceptedAt - 1 }, ...rest] }
      case 'elsewhere':
        this.#note('page from elsewhere', account, seq)
        return { ...page, after: after + 1, entries: [second, ...rest] }
    }
  }

  #relayOne(log: Log, victim: number, row: NewEntryRow): void {
    const held = this.#held.get(victim)
    this.#held.delete(victim)
    if (this.isLying && this.#forkedEntriesLeft > 0) {
      this.#forkedEntriesLeft -= 1
      this.#note('forked', victim, viewOf(log, victim).length + 1)
    } else if (this.#liesWith(RELAY_LIED)) this.#manipulate(log, victim, row)
    else show(log, victim, row)
    if (!held) return
    if (this.isLying) this.#note('swapped', victim, viewOf(log, victim).length)
    show(log, victim, held)
  }

  #manipulate(log: Log, victim: number, row: NewEntryRow): void {
    const kind = this.#chance.isLikely(FAVOURED) ? this.#favourite : this.#chance.pick(RELAYS)
    const seq = viewOf(log, victim).length + 1
    if (kind === 'swapped') return void this.#held.set(victim, row)
    if (kind === 'forked') this.#forkedEntriesLeft = this.#chance.whole(1, FORK_MOST_ENTRIES)
    if (kind === 'forked' || kind === 'dropped') return this.#note(kind, victim, seq, row)
    const changed = this.#change(log, victim, { row, kind })
    if (!changed) return show(log, victim, row)
    for (const one of changed) show(log, victim, one)
    this.#note(kind, victim, seq + changed.length - 1)
  }

  /** What the victim is shown instead of `row`; the last of it is the lie. Null: there is nothing to make it of. */
  #change(log: Log, victim: number, { row, kind }: { row: NewEntryRow; kind: Change }): NewEntryRow[] | null {
    const view = viewOf(log, victim)
    const entryId = Buffer.from(this.#chance.bytes(16))
    const sealed = view.filter(isSealed)
    const theirs = [...sealed.filter(({ sender }) => sender === row.sender), ...(isSealed(row) ? [row] : [])]
    const ours = sealed.filter(({ sender }) => sender === victim)
    const pick = (rows: readonly NewEntryRow[]): NewEntryRow | null =>
      rows.length === 0 ? null : this.#chance.pick(rows)
    const after = (lie: NewEntryRow | null): NewEntryRow[] | null => lie && [row, lie]
    const copy = this.#chance.isLikely(0.5) ? (theirs.at(-1) ?? null) : pick(theirs)
    const own = pick(ours)
    switch (kind) {
      case 'replayed':
        return after(copy)
      case 'replayed under a new id':
        return after(copy && { ...copy, entryId })
      case 'reflected':
        return after(
          own && { ...own, sender: row.sender, entryId: this.#chance.pick([entryId, own.entryId]) },
        )
      case 'altered':
        return isSealed(row) ? [{ ...row, envelope: this.#alter(row.envelope) }] : null
      case 'moved to another id':
        return isSealed(row) ? [{ ...row, entryId }] : null
      case 'injected':
        return after(copy && { ...copy, entryId, envelope: this.#alter(copy.envelope) })
      case 'put into our mouth':
        return isSealed(row) ? [{ ...row, sender: victim }] : null
      case 'dated otherwise':
        return [{ ...row, acceptedAt: row.acceptedAt + this.#chance.whole(1, 5_000) }]
    }
  }

  /** One character of one sealed field becomes another. */
  #alter(text: string): string {
    const envelope = parseEnvelope(text)
    if (!isMessage(envelope)) return text
    const field = this.#chance.pick(['IV', 'ciphertext', 'MAC', 'keys', 'exchange'] as const)
    const value = envelope[field]
    const index = this.#chance.whole(0, value.length - 2)
    const other = value[index] === 'A' ? 'B' : 'A'
    return JSON.stringify({ ...envelope, [field]: value.slice(0, index) + other + value.slice(index + 1) })
  }

  #liesWith(probability: number): boolean {
    return this.isLying && this.#liesLeft > 0 && this.#chance.isLikely(probability)
  }

  #note(kind: ManipulationKind, victim: number, seq = 0, row: NewEntryRow | null = null): void {
    this.#liesLeft -= 1
    const keys = row && isSealed(row) ? (row.keySet?.toString('base64url') ?? null) : null
    this.manipulations.push({ kind, victim, seq, keys })
  }
}

const isMessage = (envelope: Envelope | null): envelope is MessageEnvelope => envelope?.type === 'msg'

const isSealed = (row: NewEntryRow): boolean => row.iv !== null

/** Adds an entry to what `victim` is shown, where it stands well-formed. */
function show(log: Log, victim: number, row: NewEntryRow): void {
  const view = viewOf(log, victim)
  const last = view.at(-1)
  const acceptedAt = Math.max(row.acceptedAt, last?.acceptedAt ?? 0)
  view.push({ ...row, seq: (last?.seq ?? 0) + 1, acceptedAt })
}

function shiftIv(iv: string, ahead: bigint): string {
  const number = BigInt(`0x${Buffer.from(iv, 'base64url').toString('hex')}`) + ahead
  const shifted = number < 0n ? 0n : number
  return Buffer.from(shifted.toString(16).padStart(24, '0'), 'hex').toString('base64url')
}
