/** What was typed and not sent: in this tab's memory at once, in the account's database a moment later. */
import { storeDrafts, type AccountDatabase } from './history/database.ts'

/** So much of the last typing is lost at most when the browser is killed; one write for each letter would be many. */
const KEPT_WITHIN_MS = 250

export interface Drafts {
  /** Empty for none. What was typed in this tab comes before what another one left. */
  read(contact: number): Promise<string>
  /** What stands in the field now. */
  note(contact: number, text: string): void
  /** It is about to be sent: forgets it here, and returns what the database holds of it. */
  take(contact: number): string
  /** Stores what was noted. False: something that was typed in this tab is not what is stored. */
  keep(): Promise<boolean>
  /** Forgets what this tab holds; what is stored stays. */
  forget(): void
}

/** `database`: that of the open account; null while there is none. */
export function createDrafts(database: () => AccountDatabase | null): Drafts {
  const typed = new Map<number, string>()
  const stored = new Map<number, string>()
  const unkept = new Set<number>()
  let timer: ReturnType<typeof setTimeout> | undefined

  async function readStored(contact: number): Promise<string> {
    const row = await database()?.drafts.get(contact)
    return row?.text ?? ''
  }

  async function storeUnkept(): Promise<void> {
    const open = database()
    if (!open || unkept.size === 0) return
    const rows = [...unkept].map((conversation) => ({ conversation, text: typed.get(conversation) ?? '' }))
    unkept.clear()
    for (const { conversation, text } of rows) stored.set(conversation, text)
    try {
      await storeDrafts(open, rows)
    } catch (error) {
      for (const { conversation } of rows) unkept.add(conversation)
      throw error
    }
  }

  async function isKept(contact: number): Promise<boolean> {
    const text = typed.get(contact) ?? ''
    const found = await readStored(contact)
    // Another tab wrote in this conversation and sent it: the place is free again.
    if (found === '' && text !== '') unkept.add(contact)
    return found === text || found === ''
  }

  async function keep(): Promise<boolean> {
    clearTimeout(timer)
    timer = undefined
    try {
      await storeUnkept()
      const kept = await Promise.all([...typed.keys()].map(isKept))
      await storeUnkept()
      return kept.every(Boolean)
    } catch {
      return false // no room, or the database was closed: this tab holds it, and the screens say what is wrong
    }
  }

  return {
    async read(contact) {
      const text = typed.get(contact) ?? (await readStored(contact).catch(() => ''))
      if (!typed.has(contact)) stored.set(contact, text)
      return text
    },
    note(contact, text) {
      typed.set(contact, text)
      unkept.add(contact)
      timer ??= setTimeout(() => void keep(), KEPT_WITHIN_MS)
    },
    take(contact) {
      typed.delete(contact)
      unkept.delete(contact)
      return stored.get(contact) ?? ''
    },
    keep,
    forget() {
      clearTimeout(timer)
      timer = undefined
      for (const known of [typed, stored, unkept]) known.clear()
    },
  }
}
