/** The operator's command line. Works while servers run; they see what it did by the database. */
import { randomBytes } from 'node:crypto'
import path from 'node:path'
import { addKey } from './add-key.ts'
import {
  type AdminDeps,
  deleteByOperator,
  endSessionsOf,
  letIn,
  lockOut,
} from './commands/administer-account.ts'
import { checkLog } from './commands/check-log.ts'
import { readConfig } from './config.ts'
import { openDatabase } from './database.ts'
import { readEnvironment } from './environment.ts'
import { PURPOSES } from './secrets.ts'
import { type ListedAccount, listAccounts } from './stores/accounts.ts'

const USAGE = `npm run admin -- <command>

  accounts list            every account: its name, whether it can be signed in to, its sessions
  accounts lock <name>     ends all sessions of an account; nobody signs in to it until it is unlocked
  accounts unlock <name>   lets its owner sign in again
  accounts delete <name>   for ever: the name is never given again, the sealed entries stay
  sessions end <name>      ends all sessions of an account; its owner may sign in again
  keys add <purpose>       makes a new key, with which servers write from their next start on;
                           ${PURPOSES.join(', ')}
  log check                whether every log is whole; ends with 1 when one is not

It uses the same environment as the server (DATA_DIR, DATABASE_URL).`

/** A mistake of who types, said without more. */
class UsageError extends Error {}

interface Place extends AdminDeps {
  /** The folder with the server's keys. */
  readonly keys: string
}
type Command = (place: Place, operand: string) => Promise<string>

const withoutOperand: Readonly<Record<string, Command>> = {
  'accounts list': async ({ db }) => (await listAccounts(db)).map(describe).join('\n'),
  'log check': async ({ db }) => {
    const { conversations, entries, faults } = await checkLog(db)
    if (faults.length > 0)
      throw new Error([...faults, `Logs that are not whole: ${faults.length}.`].join('\n'))
    return `Every log is whole. Conversations: ${conversations}, entries: ${entries}.`
  },
}
const withOperand: Readonly<Record<string, Command>> = {
  'accounts lock': async (place, name) =>
    `${name} is locked. Sessions ended: ${must(await lockOut(place, name), name)}.`,
  'accounts unlock': async (place, name) => {
    must(await letIn(place, name), name)
    return `${name} can sign in again.`
  },
  'accounts delete': async (place, name) =>
    `${name} is deleted. Sessions ended: ${must(await deleteByOperator(place, name), name)}.`,
  'sessions end': async (place, name) =>
    `Sessions of ${name} ended: ${must(await endSessionsOf(place, name), name)}.`,
  'keys add': async ({ keys }, given) => {
    const purpose = PURPOSES.find((one) => one === given)
    if (purpose === undefined) throw new UsageError(USAGE)
    const id = await addKey(keys, purpose)
    return `${purpose}-${id}.key is made. Give it to every server, and start each again; keep the older keys.`
  },
}

const say = (text: string): void => void process.stdout.write(`${text}\n`)

try {
  const config = readConfig(await readEnvironment(process.env))
  const db = openDatabase(config)
  try {
    const keys = path.join(config.dataDir, 'secrets')
    say(await run({ db, keys, clock: Date.now, randomBytes }, process.argv.slice(2)))
  } finally {
    await db.destroy()
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = error instanceof UsageError ? 2 : 1
}

function run(place: Place, [what = '', action = '', operand, ...more]: readonly string[]): Promise<string> {
  const commands = operand === undefined ? withoutOperand : withOperand
  const name = `${what} ${action}`
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!command || more.length > 0) throw new UsageError(USAGE)
  return command(place, operand ?? '')
}

function must(ended: number | null, name: string): number {
  if (ended === null) throw new Error(`There is no account named ${name}.`)
  return ended
}

function describe({ username, createdAt, lockedAt, deletedAt, sessions }: ListedAccount): string {
  const state = deletedAt === null ? (lockedAt === null ? 'active' : 'locked') : 'deleted'
  return `${username.padEnd(32)} ${state.padEnd(8)} since ${new Date(createdAt).toISOString()}  sessions: ${sessions}`
}
