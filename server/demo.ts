/**
 * A first look alone: a throw-away server on this machine with two accounts, whose one-time codes are shown in the terminal
 * as an authenticator app would show them. Everything is gone when it ends.
 */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { generate } from 'otplib'
import { activateEnrolment } from './commands/activate-enrolment.ts'
import { beginEnrolment } from './commands/begin-enrolment.ts'
import { confirmEnrolment } from './commands/confirm-enrolment.ts'
import { type Environment, isLoopback, readConfig } from './config.ts'
import type { Deps } from './deps.ts'
import { startServer } from './start-server.ts'

const STEP_SECONDS = 30
const USERNAMES = ['alice', 'bob']

interface DemoAccount {
  readonly username: string
  readonly password: string
  readonly secret: string
}

const say = (text: string): void => void process.stdout.write(`${text}\n`)

try {
  await run()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}

async function run(): Promise<void> {
  await refuseRealData(process.env)
  const dataDir = await mkdtemp(path.join(tmpdir(), 'letterlock-demo-'))
  const stopped = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped.abort())
  try {
    const config = readConfig({ ...process.env, DATA_DIR: dataDir, HIBP_URL: 'off' })
    const server = await startServer({ config, log: () => undefined })
    const accounts = await Promise.all(USERNAMES.map((username) => enrol(server.deps, username)))
    say(`Letterlock is at ${config.publicOrigin}, with data that is thrown away when you end it (Ctrl+C).`)
    say('Sign in as one in this browser and as the other in a private window or another browser:\n')
    for (const { username, password } of accounts) say(`  ${username.padEnd(6)} password ${password}`)
    say('\nEach one-time code works once: after using one, wait for the next.\n')
    await showCodes(accounts, stopped.signal)
    await server.stop()
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
}

async function refuseRealData(environment: Environment): Promise<void> {
  const { DATABASE_URL: databaseUrl, HOST: host, DATA_DIR: dataDir } = environment
  if (databaseUrl) throw new Error('The demo makes a database of its own: unset DATABASE_URL.')
  if (host && !isLoopback(host)) throw new Error('The demo is for this machine only: unset HOST.')
  if (dataDir && existsSync(dataDir) && (await readdir(dataDir)).length > 0)
    throw new Error(`The demo throws its data away, and ${dataDir} holds data: unset DATA_DIR.`)
}

/** Registers as a person would, by the same commands. The code of the first step is used up by it. */
async function enrol(deps: Deps, username: string): Promise<DemoAccount> {
  const session = randomBytes(32)
  const password = randomBytes(12).toString('base64url')
  const { secret } = await beginEnrolment(deps, { session, username, password })
  const code = await generate({ secret, epoch: Math.floor(deps.clock() / 1000) - STEP_SECONDS })
  await confirmEnrolment(deps, { session, code })
  await activateEnrolment(deps, { session })
  return { username, password, secret }
}

/** Writes the codes over each other once a second on a terminal, once for each step elsewhere. */
async function showCodes(accounts: readonly DemoAccount[], stopped: AbortSignal): Promise<void> {
  let shownStep = 0
  while (!stopped.aborted) {
    const now = Date.now() / 1000
    const step = Math.floor(now / STEP_SECONDS)
    if (process.stdout.isTTY || step !== shownStep) {
      const codes = await Promise.all(
        accounts.map(async ({ username, secret }) => `${username} ${await generate({ secret })}`),
      )
      const secondsLeft = Math.ceil(STEP_SECONDS - (now % STEP_SECONDS))
      const line = `  one-time codes: ${codes.join('   ')}   for ${secondsLeft} s`
      process.stdout.write(process.stdout.isTTY ? `\r${line.padEnd(78)}` : `${line}\n`)
      shownStep = step
    }
    await delay(1000, undefined, { signal: stopped }).catch(() => undefined)
  }
  say('')
}
