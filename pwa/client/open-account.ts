/** An account that is open in this tab: what every command and every part of sync works with. */
import type { Account } from '../../server/wire/account.ts'
import type { KeyPair } from '../protocol/primitives.ts'
import type { KeySet } from '../protocol/key-set.ts'
import type { ProtocolTools } from '../protocol/tools.ts'
import type { Api } from './api/http.ts'
import type { ServerClock } from './api/server-clock.ts'
import type { BrowserEnvironment } from './environment.ts'
import type { AccountDatabase } from './history/database.ts'
import type { Install } from './install/install.ts'
import type { Cell } from './live.ts'
import { holdLock } from './lock.ts'
import type { Vault } from './vault/vault.ts'

export interface OpenAccount {
  readonly account: Account
  readonly database: AccountDatabase
  readonly vault: Vault
  readonly install: Install
  readonly api: Api
  readonly clock: ServerClock
  readonly tools: ProtocolTools
  readonly environment: BrowserEnvironment
  readonly locks: LockManager
  /** This device's clock, in milliseconds. */
  readonly nowMs: () => number
  /** Key sets derived before; dropped when keys are found gone. */
  readonly keySets: Map<string, KeySet>
  /** Counts how often this tab may have missed what other tabs told: views then ask the database again. */
  readonly wakes: Cell<number>
  /** Counts how often the server said that something was done to this account's means of signing in. */
  readonly securityHints: Cell<number>
  /** Aborted when the account is closed in this tab. */
  readonly signal: AbortSignal
  /** Asks for the stock of prekeys to be looked after; `isDoubtful`: the server hands out some that are not held here. */
  readonly restockSoon: (isDoubtful?: boolean) => void
  /** Asks for the outbox to be drained soon. */
  readonly drainSoon: () => void
  /** The database refused a row for want of room; false again with the next try. */
  readonly isFull: Cell<boolean>
  /** Not so at first in a browser without room. */
  readonly hasJoinedRun: Cell<boolean>
  /** What the server last said of our session. */
  readonly session: Cell<'unknown' | 'active' | 'expired'>
  /** Takes an error that no command waits for: a 401 ends the session, an unreachable server is nothing new. */
  readonly noteFailure: (error: unknown) => void
  /** The head of each log when this tab first asked for it. */
  readonly startHeads: Map<number, number>
  /** Exchanges whose entries were read again in this tab, because their keys came. */
  readonly reread: Set<string>
  /** Last offers of this tab, per conversation. */
  readonly attempts: Map<number, Attempts>
  /** Last draws of this tab that gave no prekey, per conversation. */
  readonly draws: Map<number, Attempts>
  /** Last refusals by the server that this tab sealed anew after, per conversation. */
  readonly refusals: Map<number, Attempts>
}

/** When something was last tried, and how often in vain; for the life of the tab. */
export interface Attempts {
  readonly count: number
  readonly atMs: number
}

/** Runs `work` while no other tab of this account does the same; a frozen tab is passed over after 10 s. */
export const withLock = <T>(open: OpenAccount, name: string, work: () => Promise<T>): Promise<T> =>
  holdLock({ locks: open.locks, name: `letterlock-${open.account.id}-${name}` }, work)

/** This account as a party of an exchange; null without an identity in this browser. */
export async function ourParty(open: OpenAccount): Promise<{ account: number; identity: KeyPair } | null> {
  const identity = await open.vault.identity()
  return identity && { account: open.account.id, identity }
}
