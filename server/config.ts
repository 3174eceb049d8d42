/** The environment, read once: every variable is listed in README.md of this folder. */
import path from 'node:path'
import { CAPTCHA_WORK_BITS_MOST } from './wire/captcha.ts'

export interface Config {
  readonly host: string
  readonly port: number
  readonly dataDir: string
  /** Null: SQLite in `dataDir`. */
  readonly databaseUrl: string | null
  /** The role that may change the schema; null: the run-time role does it. */
  readonly migrateDatabaseUrl: string | null
  /** Copies of the database that may lag, from which entries are read where they have them. */
  readonly replicaUrls: readonly string[]
  /** Where servers tell each other what is new; null: this one is alone, or the others' news come by the slow poll. */
  readonly redisUrl: string | null
  /** Where Prometheus finds the metrics; null: nowhere. */
  readonly metricsPort: number | null
  readonly metricsHost: string
  /** Scheme, host and port as the browser sees them, without a slash at the end. */
  readonly publicOrigin: string
  /** The public origin is https: cookies are `__Host-` and Secure, and HSTS is sent. */
  readonly isSecure: boolean
  readonly isProxyTrusted: boolean
  /** False: another program migrates, and the server waits for it. */
  readonly mayMigrate: boolean
  readonly sessionIdleMs: number
  readonly sessionAbsoluteMs: number
  /** Failed attempts from one network address in an hour, over all accounts. */
  readonly addressFailuresPerHour: number
  /** Failed logins of a name, or of one network address in an hour, from which on a login needs a captcha. */
  readonly captchaAfterFailures: number
  /** Zero bits that each of the 16 parts of a captcha's work begins with: one more doubles the work. */
  readonly captchaWorkBits: number
  /** Registrations begun from one network address in an hour. */
  readonly registrationsPerHour: number
  /** Entries that one account may append in a minute. */
  readonly entriesPerMinute: number
  /** Where the list of breached passwords is asked, without a slash at the end; null: nobody is asked. */
  readonly breachListUrl: string | null
  /** Passkeys that may be copied to other devices can be added, as SP 800-63B revision 4 has it and revision 3 has not. */
  readonly mayKeysBeSynced: boolean
}

/** All bad variables of one start, a sentence each. */
export class ConfigError extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(['The configuration cannot be used:', ...problems.map((problem) => `  - ${problem}`)].join('\n'))
    this.name = 'ConfigError'
    this.problems = problems
  }
}

export type Environment = Readonly<Record<string, string | undefined>>

const IDLE_MOST_SECONDS = 1800
const ABSOLUTE_MOST_SECONDS = 43_200
const ADDRESS_FAILURES_PER_HOUR = 1000
const CAPTCHA_AFTER_FAILURES = 3
/** 16 parts of 2^20 hashes each: 10 to 20 s of a desktop's browser. */
const CAPTCHA_WORK_BITS = 20
const REGISTRATIONS_PER_HOUR = 100
const ENTRIES_PER_MINUTE = 1500
const BREACH_LIST_URL = 'https://api.pwnedpasswords.com'
const LOOPBACK = new Set(['localhost', '127.0.0.1', '::1', '[::1]'])

/** Reads the configuration. Throws ConfigError with every problem found. */
export function readConfig(environment: Environment): Config {
  const problems: string[] = []
  const text = (name: string): string | null => environment[name]?.trim() || null
  const port = readWhole(text('PORT') ?? '8080', 'PORT', { least: 1, most: 65_535 }, problems)
  const host = text('HOST') ?? '127.0.0.1'
  const publicOrigin = readOrigin(text('PUBLIC_ORIGIN') ?? `http://localhost:${port}`, problems)
  const isProxyTrusted = readSwitch(text('TRUST_PROXY'), 'TRUST_PROXY', problems)
  const mayMigrate = readSwitch(text('MIGRATE') ?? '1', 'MIGRATE', problems)
  const databaseUrl = readDatabaseUrl(text('DATABASE_URL'), 'DATABASE_URL', problems)
  const migrateDatabaseUrl = readDatabaseUrl(text('MIGRATE_DATABASE_URL'), 'MIGRATE_DATABASE_URL', problems)
  if (migrateDatabaseUrl !== null && databaseUrl === null)
    problems.push(
      'MIGRATE_DATABASE_URL is set without DATABASE_URL: SQLite has one role; set both or neither.',
    )
  const replicaUrls = (text('DATABASE_REPLICA_URLS')?.split(',') ?? [])
    .map((url) => readDatabaseUrl(url.trim(), 'DATABASE_REPLICA_URLS', problems))
    .filter((url) => url !== null)
  if (replicaUrls.length > 0 && databaseUrl === null)
    problems.push('DATABASE_REPLICA_URLS is set without DATABASE_URL: SQLite has no replicas.')
  const redisUrl = readRedisUrl(text('REDIS_URL'), problems)
  const metricsText = text('METRICS_PORT')
  const metricsPort =
    metricsText === null ? null : readWhole(metricsText, 'METRICS_PORT', { least: 1, most: 65_535 }, problems)
  const sessionIdleSeconds = readLimit(
    text('SESSION_IDLE_SECONDS'),
    'SESSION_IDLE_SECONDS',
    IDLE_MOST_SECONDS,
    problems,
  )
  const sessionAbsoluteSeconds = readLimit(
    text('SESSION_ABSOLUTE_SECONDS'),
    'SESSION_ABSOLUTE_SECONDS',
    ABSOLUTE_MOST_SECONDS,
    problems,
  )
  const whole = (name: string, usual: number, range: Range): number =>
    readWhole(text(name) ?? String(usual), name, range, problems)
  const addressFailuresPerHour = whole('ADDRESS_FAILURES_PER_HOUR', ADDRESS_FAILURES_PER_HOUR, {
    least: 10,
    most: 1_000_000,
  })
  const captchaAfterFailures = whole('CAPTCHA_AFTER_FAILURES', CAPTCHA_AFTER_FAILURES, {
    least: 0,
    most: 1_000_000,
  })
  const captchaWorkBits = whole('CAPTCHA_WORK_BITS', CAPTCHA_WORK_BITS, {
    least: 1,
    most: CAPTCHA_WORK_BITS_MOST,
  })
  const registrationsPerHour = whole('REGISTRATIONS_PER_HOUR', REGISTRATIONS_PER_HOUR, {
    least: 1,
    most: 1_000_000,
  })
  // One append brings up to 100.
  const entriesPerMinute = whole('ENTRIES_PER_MINUTE', ENTRIES_PER_MINUTE, { least: 100, most: 1_000_000 })
  const breachListUrl = readBreachListUrl(text('HIBP_URL') ?? BREACH_LIST_URL, problems)
  const mayKeysBeSynced = readSwitch(text('SYNCED_PASSKEYS') ?? '1', 'SYNCED_PASSKEYS', problems)
  const isSecure = publicOrigin.startsWith('https:')
  problems.push(...judgeExposure({ host, publicOrigin, isSecure, isProxyTrusted }))
  if (problems.length > 0) throw new ConfigError(problems)
  return Object.freeze({
    host,
    port,
    dataDir: path.resolve(text('DATA_DIR') ?? './data'),
    databaseUrl,
    migrateDatabaseUrl,
    replicaUrls,
    redisUrl,
    metricsPort,
    metricsHost: text('METRICS_HOST') ?? '127.0.0.1',
    publicOrigin,
    isSecure,
    isProxyTrusted,
    mayMigrate,
    sessionIdleMs: sessionIdleSeconds * 1000,
    sessionAbsoluteMs: sessionAbsoluteSeconds * 1000,
    addressFailuresPerHour,
    captchaAfterFailures,
    captchaWorkBits,
    registrationsPerHour,
    entriesPerMinute,
    breachListUrl,
    mayKeysBeSynced,
  })
}

/** Whether a host name or address is this machine's own. */
export const isLoopback = (host: string): boolean => LOOPBACK.has(host) || host.endsWith('.localhost')

interface Exposure {
  readonly host: string
  readonly publicOrigin: string
  readonly isSecure: boolean
  readonly isProxyTrusted: boolean
}

function judgeExposure({ host, publicOrigin, isSecure, isProxyTrusted }: Exposure): string[] {
  const problems: string[] = []
  if (!isLoopback(host) && !(isProxyTrusted && isSecure))
    problems.push(
      `HOST=${host} can be reached from other machines without TLS. Put a TLS proxy in front of it and set ` +
        'TRUST_PROXY=1 and PUBLIC_ORIGIN=https://<the name people open>, or leave HOST at 127.0.0.1.',
    )
  if (isSecure && !isProxyTrusted)
    problems.push(
      'PUBLIC_ORIGIN is https, but this server speaks http: put a TLS proxy in front and set TRUST_PROXY=1.',
    )
  if (!isSecure && URL.canParse(publicOrigin) && !isLoopback(new URL(publicOrigin).hostname))
    problems.push(
      `PUBLIC_ORIGIN=${publicOrigin} is http on a public name: http is for this machine only, use https.`,
    )
  return problems
}

interface Range {
  readonly least: number
  readonly most: number
}

function readWhole(text: string, name: string, { least, most }: Range, problems: string[]): number {
  const value = /^[0-9]{1,9}$/.test(text) ? Number(text) : NaN
  if (value >= least && value <= most) return value
  problems.push(`${name}=${text} must be a whole number from ${least} to ${most}.`)
  return least
}

function readLimit(text: string | null, name: string, most: number, problems: string[]): number {
  return text === null ? most : readWhole(text, name, { least: 1, most }, problems)
}

function readSwitch(text: string | null, name: string, problems: string[]): boolean {
  if (text === null || text === '0' || text === 'false') return false
  if (text === '1' || text === 'true') return true
  problems.push(`${name}=${text} must be 1 or 0.`)
  return false
}

function readOrigin(text: string, problems: string[]): string {
  const url = URL.canParse(text) ? new URL(text) : null
  const isWeb = url !== null && /^https?:$/.test(url.protocol)
  // Who composes it of its parts names the usual port, too.
  const spellings = [url?.origin, `${url?.origin}:${url?.protocol === 'https:' ? 443 : 80}`]
  if (isWeb && spellings.includes(text.replace(/\/$/, ''))) return url.origin
  problems.push(`PUBLIC_ORIGIN=${text} must be an origin such as https://chat.example, without a path.`)
  return 'http://localhost'
}

/** http only to this machine: the answer decides what people may use. */
function readBreachListUrl(text: string, problems: string[]): string | null {
  if (text === 'off') return null
  const url = URL.canParse(text) ? new URL(text) : null
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname))
  if (url !== null && isSafe && url.search === '' && url.hash === '') return url.href.replace(/\/$/, '')
  problems.push(`HIBP_URL=${text} must be an https address without a query, or off.`)
  return null
}

function readDatabaseUrl(text: string | null, name: string, problems: string[]): string | null {
  if (text === null) return null
  const url = URL.canParse(text) ? new URL(text) : null
  if (url?.protocol === 'mysql:' && url.pathname.length > 1) return text
  // The value is not repeated: it holds a password.
  problems.push(`${name} must be mysql://<role>:<password>@<host>:<port>/<database>.`)
  return null
}

function readRedisUrl(text: string | null, problems: string[]): string | null {
  if (text === null) return null
  if (URL.canParse(text) && /^rediss?:$/.test(new URL(text).protocol)) return text
  // The value is not repeated: it may hold a password.
  problems.push('REDIS_URL must be redis://<host>:<port>, or rediss:// with TLS.')
  return null
}
