/** What a virtual database keeps: records in the order of their keys, and their copies on the way in and out. */

/** Numbers come before text, text before lists. Source: Indexed Database API, "compare two keys". */
export type Key = number | string | readonly Key[]

export interface KeyRange {
  readonly lower: Key | undefined
  readonly upper: Key | undefined
  readonly lowerOpen: boolean
  readonly upperOpen: boolean
}

export interface StoredRecord {
  readonly key: Key
  readonly primaryKey: Key
  readonly value: unknown
}

const kindOf = (key: Key): number => (typeof key === 'number' ? 1 : typeof key === 'string' ? 2 : 3)

/** Below 0, 0 or above 0. Throws `DataError` for what is no key, or is one of a kind that the client does not use. */
export function compareKeys(a: Key, b: Key): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b || (a < b ? -1 : a > b ? 1 : 0)
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0
  if (!Array.isArray(a) || !Array.isArray(b)) return kindOf(requireKey(a)) - kindOf(requireKey(b))
  for (let index = 0; index < a.length && index < b.length; index++) {
    const order = compareKeys(a[index] as Key, b[index] as Key) // within both
    if (order !== 0) return order
  }
  return a.length - b.length
}

export function requireKey(key: unknown): Key {
  if (typeof key === 'string' || Array.isArray(key)) return key as Key // its parts are looked at when they are compared
  if (typeof key === 'number' && !Number.isNaN(key)) return key
  throw new DOMException('not a key', 'DataError')
}

/** The `IDBKeyRange` of the virtual databases. */
export const keyRanges = {
  only: (key: Key): KeyRange => keyRanges.bound(key, key),
  lowerBound: (lower: Key, lowerOpen = false): KeyRange => ({
    lower: requireKey(lower),
    upper: undefined,
    lowerOpen,
    upperOpen: false,
  }),
  upperBound: (upper: Key, upperOpen = false): KeyRange => ({
    lower: undefined,
    upper: requireKey(upper),
    lowerOpen: false,
    upperOpen,
  }),
  bound(lower: Key, upper: Key, lowerOpen = false, upperOpen = false): KeyRange {
    const order = compareKeys(requireKey(lower), requireKey(upper))
    if (order > 0 || (order === 0 && (lowerOpen || upperOpen)))
      throw new DOMException('an empty range', 'DataError')
    return { lower, upper, lowerOpen, upperOpen }
  },
}

export const toRange = (query: Key | KeyRange | null | undefined): KeyRange | null => {
  if (query === null || query === undefined) return null
  return typeof query === 'object' && 'lowerOpen' in query ? query : keyRanges.only(requireKey(query))
}

/** Records by key, then by primary key. */
export class SortedRecords {
  #records: StoredRecord[] = []

  /** Only for the one who looks at it at once. */
  get all(): readonly StoredRecord[] {
    return this.#records
  }

  find(key: Key): StoredRecord | null {
    const record = this.#records[this.#indexOf(key, key)]
    return record && compareKeys(record.key, key) === 0 ? record : null
  }

  put(record: StoredRecord): void {
    const index = this.#indexOf(record.key, record.primaryKey)
    const isThere = isSame(this.#records[index], record)
    this.#records.splice(index, isThere ? 1 : 0, record)
  }

  remove(record: StoredRecord): void {
    const index = this.#indexOf(record.key, record.primaryKey)
    if (isSame(this.#records[index], record)) this.#records.splice(index, 1)
  }

  within(range: KeyRange | null, most = Infinity): StoredRecord[] {
    const found: StoredRecord[] = []
    for (let index = range ? this.#startOf(range) : 0; index < this.#records.length; index++) {
      const record = this.#records[index]
      if (!record || found.length >= most || isAbove(record.key, range)) break
      found.push(record)
    }
    return found
  }

  #startOf({ lower, lowerOpen }: KeyRange): number {
    if (lower === undefined) return 0
    return this.#firstIndex(({ key }) => {
      const order = compareKeys(key, lower)
      return lowerOpen ? order > 0 : order >= 0
    })
  }

  #indexOf(key: Key, primaryKey: Key): number {
    return this.#firstIndex((record) => {
      const order = compareKeys(record.key, key)
      return order > 0 || (order === 0 && compareKeys(record.primaryKey, primaryKey) >= 0)
    })
  }

  #firstIndex(isAtOrAfter: (record: StoredRecord) => boolean): number {
    let low = 0
    let high = this.#records.length
    while (low < high) {
      const middle = (low + high) >> 1
      const record = this.#records[middle]
      if (record && isAtOrAfter(record)) high = middle
      else low = middle + 1
    }
    return low
  }
}

function isSame(one: StoredRecord | undefined, other: StoredRecord): boolean {
  return (
    one !== undefined &&
    compareKeys(one.key, other.key) === 0 &&
    compareKeys(one.primaryKey, other.primaryKey) === 0
  )
}

function isAbove(key: Key, range: KeyRange | null): boolean {
  if (range?.upper === undefined) return false
  const order = compareKeys(key, range.upper)
  return range.upperOpen ? order >= 0 : order > 0
}

/** The key that a key path finds in a value; null when something of it is missing or is no key. */
export function extractKey(value: unknown, path: string | readonly string[]): Key | null {
  if (typeof path !== 'string') {
    const parts = path.map((part) => extractKey(value, part))
    return parts.includes(null) ? null : (parts as Key[]) // looked at on the line before
  }
  const part: unknown = (value as Readonly<Record<string, unknown>>)[path] // every row is an object
  return typeof part === 'string' || typeof part === 'number' || Array.isArray(part) ? (part as Key) : null // by its type
}

/** As a structured clone; much faster for plain rows, which is what the client keeps. */
export function copyValue<T>(value: T): T
export function copyValue(value: unknown): unknown {
  if (typeof value !== 'object' || value === null)
    return typeof value === 'function' ? structuredClone(value) : value
  if (Array.isArray(value)) return value.map((item: unknown) => copyValue(item))
  if (Object.getPrototypeOf(value) !== Object.prototype) return structuredClone(value)
  const copy: Record<string, unknown> = {}
  for (const name of Object.keys(value)) copy[name] = copyValue((value as Record<string, unknown>)[name]) // its own name
  return copy
}
