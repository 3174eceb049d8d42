/** What the app is made with. Nothing below reads the environment, the clock or the random source by itself. */
import type { BreachCheck } from './accounts/breached-passwords.ts'
import type { PasswordHasher } from './accounts/password-hash.ts'
import type { Config } from './config.ts'
import type { Database } from './database.ts'
import type { Bus } from './live/bus.ts'
import type { Hub } from './live/hub.ts'
import type { Presence } from './live/presence.ts'
import type { LogSource } from './log-source.ts'
import type { Metrics } from './metrics.ts'
import type { RandomBytes } from './random-id.ts'
import type { Secrets } from './secrets.ts'

/** Writes one line of JSON. Never given a secret, a body or a query's values. */
export type Log = (line: Readonly<Record<string, unknown>>) => void

export interface Deps {
  readonly config: Config
  readonly db: Database
  /** Where entries are read. */
  readonly logSource: LogSource
  readonly secrets: Secrets
  readonly hasher: PasswordHasher
  readonly breaches: BreachCheck
  readonly randomBytes: RandomBytes
  /** Milliseconds since 1970. */
  readonly clock: () => number
  readonly bus: Bus
  readonly hub: Hub
  readonly presence: Presence
  readonly metrics: Metrics
  readonly log: Log
  /** The folder with the built app. */
  readonly appFolder: string
}
