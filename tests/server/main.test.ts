import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readConfig } from '../../server/config.ts'
import { startServer } from '../../server/start-server.ts'
import { findFreePort } from '../support/free-port.ts'
import { startTestServer, type TestServer } from './test-server.ts'

const SERVER = fileURLToPath(new URL('../../server/', import.meta.url))
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'letterlock-main-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** Runs a program of the server until it ends, or until its output says `until`; then sends it `signal`. */
async function run(
  file: string,
  environment: Record<string, string>,
  until?: string,
  signal: NodeJS.Signals = 'SIGTERM',
) {
  const child = spawn(process.execPath, [path.join(SERVER, file)], { env: { ...environment }, stdio: 'pipe' })
  let output = ''
  const collect = (text: string) => {
    output += text
    // A second signal would end it at once.
    if (until !== undefined && output.includes(until) && !child.killed) child.kill(signal)
  }
  child.stdout.setEncoding('utf8').on('data', collect)
  child.stderr.setEncoding('utf8').on('data', collect)
  const [code] = (await once(child, 'exit')) as [number | null] // what the event gives first
  return { code, output }
}

describe('main.ts', () => {
  test('says every bad variable and ends', async () => {
    const { code, output } = await run('main.ts', { HOST: '0.0.0.0', PORT: 'x', DATA_DIR: folder })
    expect(code).toBe(1)
    expect(output).toContain('PORT=x')
    expect(output).toContain('TRUST_PROXY=1')
    expect(output).not.toContain('    at ')
    expect(await readdir(folder)).toEqual([])
  })
})

describe('demo.ts', () => {
  test('shows two accounts with their codes, and leaves nothing behind', async () => {
    const before = await listDemoFolders()
    const { code, output } = await run('demo.ts', { PORT: String(await findFreePort()) }, 'one-time codes: ')
    expect(code).toBe(0)
    expect(output).toMatch(/alice +password \S{16}/)
    expect(output).toMatch(/bob +password \S{16}/)
    expect(output).toMatch(/alice \d{6} +bob \d{6} +for \d+ s/)
    expect(await listDemoFolders()).toEqual(before)
  })

  test.each([
    ['another database', { DATABASE_URL: 'mysql://a:b@127.0.0.1/c' }, 'unset DATABASE_URL'],
    ['other machines', { HOST: '0.0.0.0' }, 'unset HOST'],
    ['a folder with data', { DATA_DIR: SERVER }, 'unset DATA_DIR'],
  ])('refuses %s', async (_what, environment, advice) => {
    const { code, output } = await run('demo.ts', environment)
    expect(code).toBe(1)
    expect(output).toContain(advice)
  })

  const listDemoFolders = async () =>
    (await readdir(tmpdir())).filter((name) => name.startsWith('letterlock-demo-'))
})

describe('startServer', () => {
  const log = () => undefined

  test('refuses to serve an app that was not built', async () => {
    const config = readConfig({ DATA_DIR: folder, PORT: String(await findFreePort()) })
    await expect(startServer({ config, log, appFolder: folder })).rejects.toThrow('has not been built')
  })

  test('says which port is in use', async () => {
    const other = await startTestServer()
    try {
      const config = readConfig({ DATA_DIR: folder, PORT: String(other.port) })
      await expect(startServer({ config, log, appFolder: other.deps.appFolder })).rejects.toThrow(
        `Port ${other.port} is in use`,
      )
    } finally {
      await other.remove()
    }
  })

  test('stops within 2 s while streams and idle connections are open, and ends them', async () => {
    const server = await startTestServer()
    const visitor = server.visit()
    await visitor.register()
    const stream = await visitor.listen()
    await stream.nextOf('hello')
    const idle = connect(server.port, '127.0.0.1')
    idle.write(`GET /api/stream HTTP/1.1\r\nHost: x\r\nCookie: ${visitor.cookie}\r\n\r\n`)
    await once(idle, 'data')
    const startedAt = performance.now()
    await server.remove()
    expect(performance.now() - startedAt).toBeLessThan(2000)
    expect(await stream.next()).toBeNull()
    idle.destroy()
  })

  test('finishes what has begun when it stops, and takes nothing new', async () => {
    const server = await startTestServer()
    const socket = await sendHalf(server)
    const stopped = server.remove()
    await delay(3000)
    await expect(fetch(`${server.origin}/healthz`)).rejects.toThrow()
    socket.write('}')
    expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 403 .*csrf_mismatch/s)
    const answeredAt = performance.now()
    await stopped
    expect(performance.now() - answeredAt).toBeLessThan(1000)
  })

  test('waits 10 s for it, and no longer', async () => {
    const server = await startTestServer()
    const socket = await sendHalf(server)
    const startedAt = performance.now()
    await server.remove()
    expect(performance.now() - startedAt).toBeGreaterThan(9000)
    expect(performance.now() - startedAt).toBeLessThan(12_000)
    socket.destroy()
  })

  /** A request of which one byte is still to come. */
  async function sendHalf(server: TestServer): Promise<Socket> {
    const visitor = server.visit()
    await visitor.register()
    const { port, origin } = server
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => undefined)
    socket.write(
      `POST /api/session/activity HTTP/1.1\r\nHost: x\r\nOrigin: ${origin}\r\nCookie: ${visitor.cookie}\r\n` +
        'Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{',
    )
    await delay(200)
    return socket
  }

  test('serves a folder with an SQLite database alone', async () => {
    const first = await startTestServer()
    try {
      const { config, appFolder } = first.deps
      const second = { ...config, port: await findFreePort() }
      await expect(startServer({ config: second, log, appFolder })).rejects.toThrow(
        'Another server is running on',
      )
    } finally {
      await first.remove()
    }
  })

  test('serves a folder that a killed server held', async () => {
    const environment = { PORT: String(await findFreePort()), DATA_DIR: folder }
    const killed = await run('main.ts', environment, 'Letterlock is at', 'SIGKILL')
    expect(killed.code).toBeNull()
    expect((await run('main.ts', environment, 'Letterlock is at')).code).toBe(0)
  })

  test('does not wait for ever for a request that does not arrive', async () => {
    const server = await startTestServer()
    const socket = connect(server.port, '127.0.0.1')
    try {
      socket.write('GET /api/health HTTP/1.1\r\nHost: x\r\n')
      const startedAt = performance.now()
      expect(String((await once(socket, 'data'))[0])).toContain('408 Request Timeout')
      expect(performance.now() - startedAt).toBeLessThan(30_000)
    } finally {
      socket.destroy()
      await server.remove()
    }
  }, 45_000)
})
