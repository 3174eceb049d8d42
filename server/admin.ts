/** The operator's command line: lists accounts, locks and unlocks them, ends their sessions. Works while servers run. */
import { randomBytes } from 'node:crypto'
import { type AdminDeps, endSessionsOf, letIn, lockOut } from './commands/administer-account.ts'
import { readConfig } from './config.ts'
import { openDatabase } from './database.ts'
import { readEnvironment } from './environment.ts'
import { type ListedAccount, listAccounts } from './stores/accounts.ts'

const USAGE = `npm run admin -- <command>

  accounts list            every account: its name, whether it can be signed in to, its sessions
  accounts lock <name>     ends all sessions of an account; nobody signs in to it until it is unlocked
  accounts unlock <name>   lets its owner sign in again
  sessions end <name>      ends all sessions of an account; its owner may sign in again

It uses the same environment as the server (DATA_DIR, DATABASE_URL).`

/** A mistake of who types, said without more. */
class UsageError extends Error {}

const say = (text: string): void => void process.stdout.write(`${text}\n`)

try {
  const db = openDatabase(readConfig(await readEnvironment(process.env)))
  try {
    say(await run({ db, clock: Date.now, randomBytes }, process.argv.slice(2)))
  } finally {
    await db.destroy()
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = error instanceof UsageError ? 2 : 1
}

async function run(deps: AdminDeps, [what, action, name, ...more]: readonly string[]): Promise<string> {
  const command = `${what ?? ''} ${action ?? ''}`
  if (command === 'accounts list' && name === undefined)
    return (await listAccounts(deps.db)).map(describe).join('\n')
  if (name === undefined || more.length > 0) throw new UsageError(USAGE)
  if (command === 'accounts lock')
    return `${name} is locked. Sessions ended: ${must(await lockOut(deps, name), name)}.`
  if (command === 'accounts unlock') {
    must(await letIn(deps, name), name)
    return `${name} can sign in again.`
  }
  if (command === 'sessions end')
    return `Sessions of ${name} ended: ${must(await endSessionsOf(deps, name), name)}.`
  throw new UsageError(USAGE)
}

function must(ended: number | null, name: string): number {
  if (ended === null) throw new Error(`There is no account named ${name}.`)
  return ended
}

function describe({ username, createdAt, lockedAt, deletedAt, sessions }: ListedAccount): string {
  const state = deletedAt === null ? (lockedAt === null ? 'active' : 'locked') : 'deleted'
  return `${username.padEnd(32)} ${state.padEnd(8)} since ${new Date(createdAt).toISOString()}  sessions: ${sessions}`
}
