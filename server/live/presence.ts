/** Who is online, at whatever server: written down in the database, and told to an account's contacts when it changes. */
import type { Database } from '../database.ts'
import { listContacts } from '../stores/conversations.ts'
import {
  deletePresence,
  forgetServer,
  forgetServers,
  insertPresence,
  listPresent,
  touchServer,
} from '../stores/presences.ts'
import type { Bus } from './bus.ts'
import type { Hub } from './hub.ts'

/** A server that has not been seen for so long is gone, and nobody is with it. The servers' clocks agree better than that. */
export const PRESENT_MS = 30_000

export interface Presence {
  /** Writes down whether the account has a stream here, and tells its contacts whether it is online anywhere. */
  settle(account: number): Promise<void>
  /** Of these accounts, those that are online. */
  listOnline(accounts: readonly number[]): Promise<Set<number>>
  /** Says that this server lives, and forgets those that do not. */
  beat(): Promise<void>
  /** Takes all that are with this server away at once, and tells nobody: they come back elsewhere. */
  leave(): Promise<void>
}

interface PresenceDeps {
  readonly db: Database
  readonly bus: Bus
  readonly hub: Hub
  readonly clock: () => number
  /** Names this server process. */
  readonly server: number
}

export function createPresence({ db, bus, hub, clock, server }: PresenceDeps): Presence {
  const settling = new Map<number, Promise<void>>()
  let hasLeft = false

  const listOnline = async (accounts: readonly number[]): Promise<Set<number>> => {
    const present = await listPresent(db, accounts, clock() - PRESENT_MS)
    for (const account of accounts) if (hub.isOnline(account)) present.add(account)
    return present
  }
  const write = async (account: number): Promise<void> => {
    if (hasLeft) return
    if (hub.isOnline(account)) await insertPresence(db, server, account)
    else await deletePresence(db, server, account)
    const contacts = await listContacts(db, account)
    // Asked after the other queries: whatever happened meanwhile, the last thing told is true.
    const isOnline = (await listOnline([account])).has(account)
    for (const to of contacts) bus.publish({ to, event: { type: 'online', contact: account, isOnline } })
  }
  return {
    settle(account) {
      // One after the other, so that what is written last is how it stands.
      const before = settling.get(account) ?? Promise.resolve()
      const settled = before
        .catch(() => undefined)
        .then(() => write(account))
        .finally(() => {
          if (settling.get(account) === settled) settling.delete(account)
        })
      settling.set(account, settled)
      return settled
    },
    listOnline,
    async beat() {
      if (hasLeft) return
      await touchServer(db, server, clock())
      await forgetServers(db, clock() - 2 * PRESENT_MS)
    },
    async leave() {
      hasLeft = true
      await forgetServer(db, server)
    },
  }
}
