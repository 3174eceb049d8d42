/** What a browser keeps of a conversation, and what the server keeps, read past the product. */
import { expect } from 'vitest'
import type { TestDatabase } from '../support/database.ts'
import type { AppPage } from '../support/engines/app-page.ts'

/** A page in whichever browser. */
type AnyPage = Pick<AppPage<unknown>, 'evaluate'>

export interface KeptMessage {
  readonly id: string
  readonly text: string
}

/** A row of the history, as far as tests look at it. */
export interface HistoryRow extends KeptMessage {
  readonly kind: string
  readonly conversation: number
  readonly position: number
}

/** All rows of the account's database, decided or not, one contact after the other, in the order of their places. */
export async function readRows(page: AnyPage): Promise<HistoryRow[]> {
  const rows = await page.evaluate(async () => {
    const finish = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.addEventListener('success', () => resolve(request.result))
        request.addEventListener('error', () => reject(request.error ?? new Error('no reason')))
      })
    const names = (await indexedDB.databases()).map(({ name }) => name ?? '')
    const name = names.find((one) => /^letterlock-[0-9]+$/.test(one))
    if (name === undefined) return []
    const database = await finish(indexedDB.open(name))
    try {
      const stored: HistoryRow[] = await finish(
        database.transaction('messages').objectStore('messages').getAll(),
      )
      return stored.map(({ id, text, kind, conversation, position }) => ({
        id,
        text,
        kind,
        conversation,
        position,
      }))
    } finally {
      database.close()
    }
  })
  return rows.toSorted((one, other) => one.conversation - other.conversation || one.position - other.position)
}

/** Messages that the log has decided, in its order. */
export const listDecided = (rows: readonly HistoryRow[]): KeptMessage[] =>
  rows
    .filter(({ kind, position }) => kind === 'text' && position < 2 ** 52)
    .map(({ id, text }) => ({ id, text }))

export const readHistory = async (page: AnyPage): Promise<KeptMessage[]> => listDecided(await readRows(page))

/** Waits until a browser's history has exactly these texts of all that begin with `prefix`, once each and in order. */
export async function expectKept(page: AnyPage, prefix: string, texts: readonly string[], withinMs = 20_000) {
  const kept = async () =>
    (await readHistory(page)).map(({ text }) => text).filter((text) => text.startsWith(prefix))
  await expect.poll(kept, { timeout: withinMs, interval: 100 }).toEqual(texts)
}

interface LogEntry {
  readonly id: string
  readonly type: string
}

/** The logs of all conversations, or of those of one person: one contact after the other, each in its order. */
export async function readLog(database: TestDatabase, username = '%'): Promise<LogEntry[]> {
  const rows = await database.query(
    `select distinct e.entry_id, e.envelope, c.lower + c.higher, e.seq from entries e
     join conversations c on c.id = e.conversation
     join accounts a on a.id in (c.lower, c.higher) where a.username like ?
     order by c.lower + c.higher, e.seq`,
    [username],
  )
  return rows.map((row) => ({
    id: Buffer.from(row['entry_id'] as Uint8Array).toString('base64url'), // a column of bytes
    type: (JSON.parse(String(row['envelope'])) as { type: string }).type, // the wire's envelope
  }))
}

export const readLoggedMessages = async (database: TestDatabase, username?: string): Promise<string[]> =>
  (await readLog(database, username)).filter(({ type }) => type === 'msg').map(({ id }) => id)

/** Waits until a browser's history is the log: the same messages, in the same order, once each. */
export async function expectHistoryIsLog(
  person: { readonly name: string; readonly page: AnyPage },
  database: TestDatabase,
): Promise<void> {
  const compare = async () => {
    const logged = await readLoggedMessages(database, person.name)
    const kept = (await readHistory(person.page)).map(({ id }) => id)
    return { logged, kept }
  }
  await expect
    .poll(
      async () => {
        const { logged, kept } = await compare()
        return kept.join(' ') === logged.join(' ')
      },
      { timeout: 20_000 },
    )
    .toBe(true)
}

export const numbered = (name: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${name} ${index + 1}`)
