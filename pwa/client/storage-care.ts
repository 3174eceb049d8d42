/** How safe this browser's storage is from the browser itself, and the request to keep it. */
import type { AccountDoor } from './account-door.ts'
import type { Live } from './contract/live.ts'
import type { StorageCare, StorageHealth, StorageUse } from './contract/storage-care.ts'
import type { BrowserEnvironment } from './environment.ts'
import { noteVisit, putOffHint, readVisits } from './history/visits.ts'
import { createCell } from './live.ts'
import type { OpenAccount } from './open-account.ts'

const VISIT_EVERY_MS = 60 * 60_000

export interface StorageCareParts {
  readonly environment: Pick<BrowserEnvironment, 'siteStorage'>
  readonly door: Live<AccountDoor | null>
  /** The account that is open; throws while nobody is signed in. */
  readonly inside: () => AccountDoor
  readonly whenOpen: <T>(ifClosed: T, choose: (open: OpenAccount) => Promise<T>) => Live<T>
  /** Turns what a command throws into a ClientError. */
  readonly asErrors: <T>(work: () => Promise<T>) => Promise<T>
}

export interface Care extends StorageCare {
  /** The person does something that is worth keeping: asks for the promise where nobody is asked in turn. Once per page. */
  readonly askSilently: () => void
  /** The person is here. */
  readonly noteVisit: () => void
}

/** Nobody asks whether there are more. */
const COUNTED_MOST = 100

const NO_USE: StorageUse = { messageCount: 0, absence: null, hintPutOffAt: null }

export function createStorageCare(parts: StorageCareParts): Care {
  const { environment, door, inside, whenOpen, asErrors } = parts
  const { siteStorage } = environment
  const health = createCell<StorageHealth | null>(null)
  let hasAsked = false
  let notedAt = 0

  async function look(isPersistent: Promise<boolean | null> = siteStorage.isKept()): Promise<boolean | null> {
    const space = await siteStorage.readSpace()
    const isKept = await isPersistent
    health.set({ engine: siteStorage.engine, isPersistent: isKept, space })
    return isKept
  }

  function note(open: OpenAccount): void {
    notedAt = open.nowMs()
    noteVisit(open.database, notedAt).catch(open.noteFailure)
  }

  door.subscribe((opened) => {
    if (opened) note(opened.open)
  })
  void look()

  return {
    health,
    look: async () => void (await look()),
    askToKeep: () => look(siteStorage.askToKeep()),
    use: whenOpen(NO_USE, readUse),
    putOffHint: () => asErrors(() => putOffHint(inside().open.database, inside().open.nowMs())),
    askSilently() {
      if (hasAsked || siteStorage.engine === 'firefox') return
      hasAsked = true
      void look(siteStorage.askToKeep())
    },
    noteVisit() {
      const { open } = inside()
      if (open.nowMs() - notedAt >= VISIT_EVERY_MS) note(open)
    },
  }
}

async function readUse({ database }: OpenAccount): Promise<StorageUse> {
  const visits = await readVisits(database)
  return {
    messageCount: await database.messages
      .filter(({ kind }) => kind === 'text')
      .limit(COUNTED_MOST)
      .count(),
    absence: visits?.absence ?? null,
    hintPutOffAt: visits?.hintPutOffAt ?? null,
  }
}
