/** Sees every seal and every message that was written, and holds the run to its promises. */
import { PENDING_POSITION, type MessageRow } from '../../pwa/client/history/database.ts'
import type { NewEntryRow } from '../../server/stores/entries.ts'
import { parseEnvelope } from '../../server/wire/envelope.ts'
import type { KnownContent as Content } from '../../pwa/protocol/content.ts'
import { judgeLog, type Sha256 } from './judge-log.ts'
import type { Browser, Tab } from './browser.ts'
import type { Seal } from './virtual-crypto.ts'

/** Something that must not happen has happened. */
export class Broken extends Error {
  override readonly name = 'Broken'
}

export interface Written {
  readonly text: string
  readonly browser: Browser
  readonly tab: Tab
  /** `typed`: the browser has not said that it is kept. `lost`: with a tab, or with a profile that was set back. */
  state: 'typed' | 'kept' | 'lost'
}

/** Notices that an honest server and undisturbed browsers give no reason for. */
const ALARMS: readonly string[] = [
  'log-differs',
  'messages-missing',
  'exchange-failed',
  'keys-elsewhere',
  'contact-went-back',
  'copied-browser',
  'security-code-changed',
]

/** What an entry says that carries a text. */
interface Said {
  readonly text: string
  /** The entry that it repeats under newer keys. */
  readonly again: string | null
}

export class Witness {
  sealCount = 0
  readonly written: Written[] = []
  readonly #writtenByText = new Map<string, Written>()
  /** By browser: the texts of the contact that it showed. */
  readonly #shown = new Map<Browser, { readonly profile: number; readonly texts: Set<string> }>()
  readonly #sealsByPlace = new Map<string, string>()
  readonly #saidByCiphertext = new Map<string, Said>()
  readonly #broken: string[] = []
  #judged = 0
  readonly #sha256: Sha256

  /** `sha256`: of the primitives that the browsers use. */
  constructor(sha256: Sha256) {
    this.#sha256 = sha256
  }

  /** [Promise 1: no key and IV seal two different things.] */
  noteSeal(browser: Browser, { place, plaintext, context, ciphertext }: Seal): void {
    this.sealCount += 1
    const input = `${context} ${plaintext}`
    const earlier = this.#sealsByPlace.get(place)
    if (earlier !== undefined && earlier !== input)
      this.note(`${browser.name} sealed twice at ${place}:\n    ${earlier.trimEnd()}\n    ${input.trimEnd()}`)
    this.#sealsByPlace.set(place, input)
    const said = readSaid(plaintext)
    if (said) this.#saidByCiphertext.set(ciphertext, said)
  }

  noteWritten(written: Written): void {
    this.written.push(written)
    this.#writtenByText.set(written.text, written)
  }

  note(fault: string): void {
    this.#broken.push(fault)
  }

  /** Throws `Broken` when anything was noted so far. */
  throwIfBroken(): void {
    if (this.#broken.length > 0) throw new Broken(this.#broken.join('\n  '))
  }

  /** The text that an entry of the log carries; null for one without a text. */
  textOf(entry: NewEntryRow): string | null {
    return this.#saidBy(entry)?.text ?? null
  }

  /** Whether the entry repeats a message under newer keys. */
  isCopy(entry: NewEntryRow): boolean {
    const said = this.#saidBy(entry)
    return (said?.again ?? null) !== null
  }

  #saidBy(entry: NewEntryRow): Said | null {
    const envelope = parseEnvelope(entry.envelope)
    return envelope?.type === 'msg' ? (this.#saidByCiphertext.get(envelope.ciphertext) ?? null) : null
  }

  /**
   * What must hold at every moment, whatever the server does. `entriesOf`: the log as a browser's account is shown it.
   */
  checkHistories(
    browsers: readonly Browser[],
    entriesOf: (browser: Browser) => readonly NewEntryRow[],
  ): void {
    for (const browser of browsers) this.#checkHistory(browser, entriesOf(browser))
    this.throwIfBroken()
  }

  /** What must hold in an honest server's log. `identities`: all that accounts ever published; null: not looked at. */
  checkLog(entries: readonly NewEntryRow[], identities: ReadonlyMap<number, readonly string[]> | null): void {
    if (entries.length !== this.#judged) this.#checkLog(entries, identities)
    this.#judged = entries.length
    this.throwIfBroken()
  }

  #checkLog(
    entries: readonly NewEntryRow[],
    identities: ReadonlyMap<number, readonly string[]> | null,
  ): void {
    const texts = new Map<string, string>()
    const originals = new Set<string>()
    for (const entry of entries) {
      const id = entry.entryId.toString('base64url')
      if (texts.has(id)) this.note(`entry ${id} stands in the log twice`)
      const said = this.#saidBy(entry)
      texts.set(id, said?.text ?? '')
      if (!said) continue
      // A message stands in the log once, and its copies say which it is.
      if (said.again !== null && texts.get(said.again) !== said.text)
        this.note(`"${said.text}" stands in the log as a copy of something else`)
      if (said.again !== null) continue
      if (originals.has(said.text)) this.note(`"${said.text}" stands in the log twice`)
      originals.add(said.text)
    }
    for (const fault of judgeLog(entries, { identities, sha256: this.#sha256 })) this.note(fault)
  }

  /** [Promise 3: nothing is shown that nobody wrote, or twice, or elsewhere than in the log, or only for a while.] */
  #checkHistory(browser: Browser, entries: readonly NewEntryRow[]): void {
    const shown = new Set<string>()
    for (const row of browser.rows('messages')) {
      if (!isShown(row)) continue
      const written = this.#writtenByText.get(row.text)
      if (written?.browser.account.id !== row.sender)
        this.note(`${browser.name} shows "${row.text}" as written by ${row.sender}`)
      // A copy is hidden in the transaction that brings it.
      if (shown.has(row.text) && !browser.isWriting) this.note(`${browser.name} shows "${row.text}" twice`)
      shown.add(row.text)
      if (row.position >= PENDING_POSITION) continue
      const entry = entries[row.position - 1]
      if (!entry || this.textOf(entry) !== row.text)
        this.note(`${browser.name} shows "${row.text}" at ${row.position}, where the log has something else`)
    }
    if (!browser.isWriting) this.#checkNothingVanished(browser, shown)
  }

  #checkNothingVanished(browser: Browser, shown: ReadonlySet<string>): void {
    const before = this.#shown.get(browser)
    const texts = before?.profile === browser.profileCount ? before.texts : new Set<string>()
    for (const text of texts) if (!shown.has(text)) this.note(`${browser.name} no longer shows "${text}"`)
    for (const text of shown)
      if (this.#writtenByText.get(text)?.browser.account.id !== browser.account.id) texts.add(text)
    this.#shown.set(browser, { profile: browser.profileCount, texts })
  }

  /** What must hold when everything is online and had time. `isCalm`: no browser was ever disturbed. */
  checkSettled(entries: readonly NewEntryRow[], browsers: readonly Browser[], isCalm: boolean): void {
    this.#checkAllSent(entries, browsers)
    for (const browser of browsers) {
      const rows = browser.rows('messages')
      // What two copies of a profile write at the same time under one epoch, the contact takes from one of them only.
      if (browsers.length > 2) continue
      if (browser.rows('outbox').length > 0) this.note(`${browser.name} still has envelopes to send`)
      for (const { text } of rows.filter((row) => row.kind === 'text' && row.position >= PENDING_POSITION))
        this.note(`${browser.name} still has "${text}" to send`)
      if (!browser.isDisturbed) this.#checkReadable(browser, rows, entries)
      const alarms = isCalm ? rows.filter((row) => row.kind === 'notice' && ALARMS.includes(row.text)) : []
      for (const { text, position } of alarms) this.note(`${browser.name} says ${text} at ${position}`)
    }
    this.throwIfBroken()
  }

  /**
   * [Promise 4: what was written, and not lost with its profile, stands in the log.] Two copies of a profile take the conversation
   * from each other, ever less often: then it is enough that a message still waits.
   */
  #checkAllSent(entries: readonly NewEntryRow[], browsers: readonly Browser[]): void {
    const sent = new Set(entries.map((entry) => this.textOf(entry)))
    const hasCopy = browsers.length > 2
    for (const { text, state, browser } of this.written) {
      if (state !== 'kept' || sent.has(text)) continue
      if (!hasCopy || !browser.rows('messages').some((row) => row.text === text))
        this.note(`"${text}" never reached the log`)
    }
  }

  /** [Promise 5: who never lost a key can read all there is.] */
  #checkReadable(browser: Browser, rows: readonly MessageRow[], entries: readonly NewEntryRow[]): void {
    const shown = new Set(rows.filter(isShown).map((row) => row.text))
    for (const [index, entry] of entries.entries()) {
      const text = this.textOf(entry)
      if (text === null || shown.has(text)) continue
      const reason = rows.find((row) => row.position === index + 1)?.text ?? 'not there'
      this.note(`${browser.name} cannot read "${text}" at ${index + 1}: ${reason}`)
    }
  }

  /** Whether `browser` shows `text` as it stands in the log. */
  isRead(browser: Browser, text: string): boolean {
    return browser
      .rows('messages')
      .some((row) => row.kind === 'text' && row.text === text && row.position < PENDING_POSITION)
  }
}

/** A copy that was made to be sent again is not shown to who makes it. */
const isShown = ({ kind, againFor }: MessageRow): boolean => kind === 'text' && againFor === undefined

/** Null for a report of what was lost. */
function readSaid(plaintext: string): Said | null {
  const content = JSON.parse(plaintext) as Content // written by the client's own writeContent
  return content.kind === 'text' ? { text: content.body, again: content.again ?? null } : null
}
