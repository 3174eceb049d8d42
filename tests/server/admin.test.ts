/** The operator's command line beside a running server, on one SQLite file. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { message, newKeySet } from '../contracts/entries.ts'
import { startTestServer, type TestServer } from './test-server.ts'

const PROGRAM = fileURLToPath(new URL('../../server/admin.ts', import.meta.url))
const STEP_MS = 30_000

// Each command is a process of its own, which a busy machine starts slowly.
vi.setConfig({ testTimeout: 60_000 })

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.remove())

async function admin(...words: string[]): Promise<{ code: number | null; output: string }> {
  const environment = { DATA_DIR: path.resolve(server.deps.config.dataDir) }
  const child = spawn(process.execPath, [PROGRAM, ...words], { env: environment, stdio: 'pipe' })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  const [code] = (await once(child, 'exit')) as [number | null] // what the event gives first
  return { code, output }
}

describe('sessions end', () => {
  test('ends every session of an account and closes its streams; its owner may sign in again', async () => {
    const visitor = server.visit()
    const person = await visitor.register()
    const bystander = server.visit()
    await bystander.register()
    const stream = await visitor.listen()
    await stream.nextOf('hello')
    const { code, output } = await admin('sessions', 'end', person.username)
    expect([code, output]).toEqual([0, `Sessions of ${person.username} ended: 1.\n`])
    expect(await visitor.refused('conversations')).toMatchObject({ status: 401, code: 'not_signed_in' })
    expect(await stream.nextOf('ended')).toEqual({ type: 'ended' })
    expect((await bystander.openSession()).account).not.toBeNull()
    server.moveClock(2 * STEP_MS)
    await visitor.logIn(person)
    const { events } = await visitor.call('securityEvents')
    expect(events).toContainEqual(
      expect.objectContaining({
        kind: 'sessions-ended-by-operator',
        browser: 'Command line',
        address: 'local',
      }),
    )
  })
})

describe('accounts lock', () => {
  test('ends the sessions and is refused like a wrong password by every way in, until it is unlocked', async () => {
    const visitor = server.visit()
    const person = await visitor.register()
    expect(await admin('accounts', 'lock', person.username)).toMatchObject({ code: 0 })
    expect((await visitor.openSession()).account).toBeNull()
    server.moveClock(2 * STEP_MS)
    await expect(visitor.logIn(person)).rejects.toThrow('invalid_credentials')
    const body = {
      username: person.username,
      password: 'another horse battery',
      code: visitor.codeOf(person.address),
      recoveryCode: person.recoveryCodes[0],
    }
    expect(await visitor.refused('recoverPassword', { body })).toMatchObject({ code: 'invalid_credentials' })
    expect(await admin('accounts', 'unlock', person.username)).toEqual({
      code: 0,
      output: `${person.username} can sign in again.\n`,
    })
    server.moveClock(2 * STEP_MS)
    await visitor.logIn(person)
  })
})

describe('accounts list', () => {
  test('says of each account how it stands, and nothing that signs in', async () => {
    const [visitor, other] = [server.visit(), server.visit()]
    const person = await visitor.register()
    const locked = await other.register()
    await admin('accounts', 'lock', locked.username)
    const { output } = await admin('accounts', 'list')
    const lineOf = (name: string) => output.split('\n').find((line) => line.startsWith(`${name} `))
    expect(lineOf(person.username)).toMatch(/ active +since \S+Z {2}sessions: 1$/)
    expect(lineOf(locked.username)).toMatch(/ locked +since \S+Z {2}sessions: 0$/)
  })
})

describe('accounts delete', () => {
  test('ends the sessions; the name is nobody’s, and never given again', async () => {
    const visitor = server.visit()
    const person = await visitor.register()
    expect(await admin('accounts', 'delete', person.username)).toEqual({
      code: 0,
      output: `${person.username} is deleted. Sessions ended: 1.\n`,
    })
    expect(await visitor.refused('conversations')).toMatchObject({ code: 'not_signed_in' })
    await expect(server.visit().register(person.username)).rejects.toThrow('username_taken')
  })
})

describe('keys add', () => {
  test('makes a key that the server writes with from its next start on', async () => {
    const { code, output } = await admin('keys', 'add', 'password-pepper')
    expect(output).toContain('password-pepper-2.key is made')
    expect(code).toBe(0)
    await server.restart()
    expect(server.deps.secrets.passwordPepper.current.id).toBe(2)
    expect(await admin('keys', 'add', 'pepper')).toMatchObject({ code: 2 })
  })
})

describe('log check', () => {
  test('says that every log is whole, and which one is not', async () => {
    const [alice, bob] = [server.visit(), server.visit()]
    const [, b] = [await alice.register(), await bob.register()]
    await alice.call('append', { at: { contact: b.id }, body: { entries: [message(newKeySet(), 1)] } })
    expect(await admin('log', 'check')).toEqual({
      code: 0,
      output: 'Every log is whole. Conversations: 1, entries: 1.\n',
    })
    await server.deps.db('conversations').update({ head: 2 })
    const { code, output } = await admin('log', 'check')
    expect(code).toBe(1)
    expect(output).toMatch(
      /^Conversation [0-9]+: its head is 2, and the log ends at 1\.\nLogs that are not whole: 1\.\n$/,
    )
  })
})

describe('the command line', () => {
  test.each([
    [[]],
    [['accounts']],
    [['accounts', 'list', 'x']],
    [['sessions', 'end', 'a', 'b']],
    [['x', 'y', 'z']],
  ])('says how it is used after %j', async (words) => {
    const { code, output } = await admin(...words)
    expect(code).toBe(2)
    expect(output).toContain('sessions end <name>')
  })

  test('says so where nobody has that name', async () => {
    const { code, output } = await admin('sessions', 'end', 'nobody')
    expect([code, output]).toEqual([1, 'There is no account named nobody.\n'])
  })
})
