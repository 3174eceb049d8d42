/** What an action finds when it is its turn. */
import type { Account } from '../../server/wire/account.ts'
import type { Browser, Profile } from './browser.ts'
import type { HonestServer } from './honest-server.ts'
import type { Randomness } from './randomness.ts'
import type { Witness, Written } from './witness.ts'

/** A state of the disk, kept to be put back later. */
export interface Copy {
  readonly profile: Profile
  /** How many messages had been written by then. */
  readonly writtenCount: number
}

export interface Stage {
  readonly chance: Randomness
  readonly server: HonestServer
  readonly witness: Witness
  readonly browsers: readonly Browser[]
  readonly copies: Map<Browser, Copy>
  addBrowser(name: string, account: Account): Browser
  tell(line: string): void
  /** Types a message in an open tab of `browser`; null when it has none. `isAwaited`: nothing else happens before it is kept. */
  write(browser: Browser, isAwaited?: boolean): Promise<Written | null>
}
