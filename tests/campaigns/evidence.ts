/** What a campaign saw of a conversation, and which promises that breaks. */
import { parseEnvelope } from '../../server/wire/envelope.ts'
import type { HistoryRow, KeptMessage } from '../e2e/kept.ts'
import { repeatedIvs, type CryptoLine } from '../e2e/story-evidence.ts'

/** A message as the server's log has it. */
export interface LoggedMessage {
  readonly id: string
  readonly sender: number
  /** Key set id, base64url. */
  readonly keys: string
  /** Base64url. */
  readonly iv: string
}

/** One message or, for any other entry, none. */
export function toLogged(id: string, sender: number, text: string): LoggedMessage[] {
  const envelope = parseEnvelope(text)
  return envelope?.type === 'msg' ? [{ id, sender, keys: envelope.keys, iv: envelope.IV }] : []
}

/** What nobody may be told when no keys were lost and no profile was copied. */
const COMPLAINTS = new Set(['messages-missing', 'log-differs', 'contact-went-back', 'copied-browser'])

export function listComplaints(name: string, rows: readonly HistoryRow[]): string[] {
  return rows.flatMap(({ kind, text }) => {
    if (kind === 'unreadable') return [`${name} cannot read: ${text}`]
    return kind === 'notice' && COMPLAINTS.has(text) ? [`${name} is told: ${text}`] : []
  })
}

export interface Evidence {
  /** Every text is written once; its bubble was on the writer's screen, or its command had ended. */
  readonly shown: readonly string[]
  /** All messages of the log, in its order. */
  readonly log: readonly LoggedMessage[]
  /** All that a history has and the log has decided, in its order, by whose it is. */
  readonly histories: ReadonlyMap<string, readonly KeptMessage[]>
  /** The texts that a tab has on its screen, from the top to the bottom: the newest at least. */
  readonly screens: ReadonlyMap<string, readonly string[]>
  /** Lines of a history that say that something cannot be read, or that the log is not whole. */
  readonly complaints: readonly string[]
  /** The crypto logs of both people; a killed browser may have taken its last lines with it. */
  readonly seals: readonly CryptoLine[]
}

/** What a campaign says in the end. */
export interface Findings {
  /** Empty when every promise was kept. */
  readonly faults: readonly string[]
  readonly figures: Readonly<Record<string, number>>
}

export const figuresOf = ({ shown, log, seals }: Evidence) => ({
  shown: shown.length,
  logged: log.length,
  seals: seals.length,
})

/** What more time does not mend. */
export const isFinal = (fault: string): boolean => !/^(lost|the history of|the screen of)/.test(fault)

/** One sentence for each promise that was not kept. Texts end in a number that rises in the tab that wrote them. */
export function findFaults({ shown, log, histories, screens, complaints, seals }: Evidence): string[] {
  const [first = []] = histories.values()
  const texts = first.map(({ text }) => text)
  return [
    ...[...histories].flatMap(([name, history]) => compareWithLog(name, history, log)),
    ...[...histories].flatMap(([name, history]) => compareTexts(name, history, first)),
    ...[...screens].flatMap(([name, screen]) => compareWithEnd(name, screen, texts)),
    ...complaints,
    ...listMissing(shown, texts).map((text) => `lost: ${text}`),
    ...listRepeated(texts).map((text) => `doubled: ${text}`),
    ...listDisordered(texts).map((text) => `out of order: ${text}`),
    ...repeatedIvs(seals).map((pair) => `sealed twice: ${pair}`),
    ...listRepeated(log.map(nameIv)).map((pair) => `twice in the log: ${pair}`),
    ...listOtherEntries(log, seals).map((id) => `sealed as another entry before: ${id}`),
  ]
}

function compareWithLog(
  name: string,
  history: readonly KeptMessage[],
  log: readonly LoggedMessage[],
): string[] {
  const length = Math.max(history.length, log.length)
  const place = Array.from({ length }, (_, index) => index).find(
    (index) => history[index]?.id !== log[index]?.id,
  )
  if (place === undefined) return []
  const sizes = `${history.length} messages, the log ${log.length}`
  return [`the history of ${name} is not the log: it has ${sizes}, and they part at ${place + 1}`]
}

function compareTexts(
  name: string,
  history: readonly KeptMessage[],
  first: readonly KeptMessage[],
): string[] {
  const texts = new Map(first.map(({ id, text }) => [id, text]))
  return history
    .filter(({ id, text }) => texts.has(id) && texts.get(id) !== text)
    .map(({ id }) => `${name} reads another text in ${id}`)
}

function compareWithEnd(name: string, screen: readonly string[], texts: readonly string[]): string[] {
  const isEnd = screen.length > 0 && screen.join('\n') === texts.slice(-screen.length).join('\n')
  return isEnd ? [] : [`the screen of ${name} does not show the end of the log`]
}

function listMissing(wanted: readonly string[], present: readonly string[]): string[] {
  const known = new Set(present)
  return wanted.filter((text) => !known.has(text))
}

function listRepeated(values: readonly string[]): string[] {
  const seen = new Set<string>()
  return values.filter((value) => (seen.has(value) ? true : (seen.add(value), false)))
}

/** Texts that stand behind a later one of the same tab. */
function listDisordered(texts: readonly string[]): string[] {
  const highest = new Map<string, number>()
  return texts.filter((text) => {
    const [, tab = '', digits = ''] = /^(.*) (\d+)$/.exec(text) ?? []
    const number = Number(digits)
    const before = highest.get(tab) ?? 0
    highest.set(tab, Math.max(before, number))
    return number < before
  })
}

const nameIv = ({ sender, keys, iv }: LoggedMessage): string => `${sender} ${keys} ${iv}`

/** Entries of the log under a key set and IV that a crypto log names for a different entry to the same reader. */
function listOtherEntries(log: readonly LoggedMessage[], seals: readonly CryptoLine[]): string[] {
  const accounts = [...new Set(log.map(({ sender }) => sender))]
  const sealed = new Map(seals.map(({ peer, keys, iv, entry }) => [`${peer} ${keys} ${iv}`, entry]))
  return log
    .filter(({ id, sender, keys, iv }) => {
      const reader = accounts.find((account) => account !== sender)
      const entry = sealed.get(`${reader} ${keys} ${decimalOf(iv)}`)
      return entry !== undefined && entry !== id
    })
    .map(({ id }) => id)
}

const decimalOf = (iv: string): string => String(BigInt(`0x${Buffer.from(iv, 'base64url').toString('hex')}`))
