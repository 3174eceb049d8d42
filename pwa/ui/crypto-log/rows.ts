/** From the records of the crypto log to what its panel shows. */
import type { CryptoLogRow } from '../../client/contract/crypto-log.ts'

export type Operation = CryptoLogRow['operation']

export interface LogFilter {
  /** Account id; null for all conversations. */
  readonly peer: number | null
  readonly operation: Operation | null
}

/** The rows that a filter lets through, the newest first. */
export function filterRows(
  rows: readonly CryptoLogRow[],
  { peer, operation }: LogFilter,
): readonly CryptoLogRow[] {
  return rows
    .filter((row) => peer === null || row.peer === peer)
    .filter((row) => operation === null || row.operation === operation)
    .toReversed()
}

export const OPERATION_WORDS: Readonly<Record<Operation, string>> = {
  'generate-key': 'Key pair made',
  ecdh: 'ECDH',
  hkdf: 'Key derived',
  seal: 'Sealed',
  open: 'Opened',
  mac: 'MAC',
  refresh: 'Refresh',
  exchange: 'Exchange',
  refuse: 'Refused',
}

/** So much of an id tells it from the others on a screen. */
const SHORT_CHARACTERS = 8

/** The beginning of an id; nothing for one that is absent. */
export function shorten(id: string | undefined): string {
  if (id === undefined) return ''
  return id.length > SHORT_CHARACTERS ? `${id.slice(0, SHORT_CHARACTERS)}…` : id
}

export interface Detail {
  readonly name: string
  readonly value: string
}

/** All that a record holds, in the order in which it is read. */
export function listDetails(row: CryptoLogRow): readonly Detail[] {
  const details: readonly (readonly [string, string | number | undefined])[] = [
    ['Purpose', row.purpose],
    ['Outcome', row.outcome],
    ['Reason', row.reason],
    ['Plaintext', row.plaintext],
    ['IV', row.iv],
    ['Key', row.key],
    ['Public key', row.publicKey],
    ['Salt', row.salt],
    ['Key set', row.keys],
    ['Epoch', row.epoch],
    ['Exchange', row.exchange],
    ['Entry', row.entry],
    ['Account', row.peer],
  ]
  return details.flatMap(([name, value]) => (value === undefined ? [] : [{ name, value: String(value) }]))
}

/** Time of day to the millisecond: many operations share a second. */
export function describeInstant(at: number): string {
  const date = new Date(at)
  const two = (part: number): string => String(part).padStart(2, '0')
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')
  return `${time}.${String(date.getMilliseconds()).padStart(3, '0')}`
}
