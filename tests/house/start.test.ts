import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { findFreePort } from '../support/free-port.ts'

const project = fileURLToPath(new URL('../..', import.meta.url))

/** A project of the same shape with next to nothing in it: installing and building are real, and take a moment. */
const SMALL_PROJECT: Readonly<Record<string, string>> = {
  'package.json': `{ "name": "small", "version": "1.0.0" }`,
  'package-lock.json': `{ "name": "small", "version": "1.0.0", "lockfileVersion": 3, "packages": { "": { "name": "small", "version": "1.0.0" } } }`,
  'tsconfig.json': '{}',
  'pwa/page.txt': 'page',
  'server/wire/version.txt': '1',
  'sw/build.ts': `import { mkdirSync, writeFileSync } from 'node:fs'
    mkdirSync('dist', { recursive: true }); writeFileSync('dist/index.html', 'page'); writeFileSync('dist/sw.js', '')`,
  'server/main.ts': `const ends: number = Number(process.env.ENDS_WITH ?? -1)
    console.log('serving in', process.cwd())
    if (ends >= 0) process.exit(ends)
    process.on('SIGTERM', () => { console.log('ended in order'); process.exit(0) })
    setInterval(() => {}, 1000)`,
}

describe('server/start.mjs', () => {
  let folder: string
  let children: ChildProcess[]

  beforeEach(async () => {
    children = []
    folder = await mkdtemp(path.join(tmpdir(), 'letterlock-start-'))
    for (const [file, text] of Object.entries(SMALL_PROJECT)) await put(file, text)
    for (const file of ['server/start.mjs', 'server/setup.mjs']) {
      await cp(path.join(project, file), path.join(folder, file))
    }
  })

  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  })

  async function put(file: string, text: string): Promise<void> {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true })
    await writeFile(path.join(folder, file), text)
  }

  /** Starts the small project whose server ends at once; gives the exit code and everything written. */
  async function startOnce(environment: NodeJS.ProcessEnv = {}): Promise<{ code: unknown; output: string }> {
    const { child, output } = start({ ENDS_WITH: '0', ...environment })
    const [code] = await once(child, 'close')
    return { code, output: output() }
  }

  function start(environment: NodeJS.ProcessEnv, cwd = '/'): { child: ChildProcess; output: () => string } {
    const child = spawn(process.execPath, [path.join(folder, 'server/start.mjs')], {
      cwd,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    children.push(child)
    let written = ''
    child.stdout.on('data', (chunk) => (written += String(chunk)))
    child.stderr.on('data', (chunk) => (written += String(chunk)))
    return { child, output: () => written }
  }

  test('installs and builds at the first start, and does neither at the second', async () => {
    const first = await startOnce()
    expect(first.output).toMatch(/Installing packages.*Building the app.*serving in/s)
    expect(first.code).toBe(0)
    expect((await startOnce()).output).toBe(`serving in ${folder}\n`)
  })

  test('builds again when a source has changed', async () => {
    await startOnce()
    await put('pwa/page.txt', 'another page')
    const { output } = await startOnce()
    expect(output).toContain('Building')
    expect(output).not.toContain('Installing')
  })

  test('installs again when the lock file has changed', async () => {
    await startOnce()
    await put('package-lock.json', `${SMALL_PROJECT['package-lock.json']}\n`)
    expect((await startOnce()).output).toContain('Installing')
  })

  test('says in a sentence that npm failed, and tries again the next time', async () => {
    await put(
      'package.json',
      `{ "name": "small", "version": "1.0.0", "dependencies": { "absent": "1.0.0" } }`,
    )
    const failed = await startOnce()
    expect(failed.code).toBe(1)
    expect(failed.output).toContain('The packages could not be installed: npm ci failed')
    expect(failed.output).not.toMatch(/^\s+at /m)
    await put('package.json', SMALL_PROJECT['package.json'] ?? '')
    expect((await startOnce()).code).toBe(0)
  })

  test('says in a sentence that the build failed', async () => {
    await put('sw/build.ts', 'process.exit(3)')
    const { code, output } = await startOnce()
    expect(code).toBe(1)
    expect(output).toContain('The app could not be built')
  })

  test("ends with its server's exit code", async () => {
    expect((await startOnce({ ENDS_WITH: '7' })).code).toBe(7)
  })

  test.each(['SIGTERM', 'SIGINT'] as const)('passes %s on to its server', async (signal) => {
    const { child, output } = start({})
    await expect.poll(output, { timeout: 15_000 }).toContain('serving')
    child.kill(signal)
    await once(child, 'close')
    if (signal === 'SIGTERM') expect(output()).toContain('ended in order')
    else expect(child.signalCode).toBe('SIGINT')
  })

  test('serves the real app at a second start without npm, within three times the 5 s it should need', async () => {
    const port = await findFreePort()
    await put('bin/npm', '#!/bin/sh\nexit 1\n')
    execFileSync('chmod', ['+x', path.join(folder, 'bin/npm')])
    const startedAtMs = Date.now()
    const child = spawn(process.execPath, ['server/start.mjs'], {
      cwd: project,
      env: { PATH: `${folder}/bin`, PORT: String(port), DATA_DIR: path.join(folder, 'data') },
      stdio: 'ignore',
    })
    children.push(child)
    let status = 0
    while (status !== 200 && child.exitCode === null && Date.now() - startedAtMs < 15_000) {
      await delay(50)
      status = await fetch(`http://localhost:${port}/`).then(
        (answer) => answer.status,
        () => 0,
      )
    }
    expect(status).toBe(200)
    child.kill('SIGTERM')
    await once(child, 'exit')
    expect(child.exitCode).toBe(0)
  })
})

describe('LICENSE', () => {
  test('is the text that package.json names', async () => {
    const manifest = await readFile(path.join(project, 'package.json'), 'utf8')
    expect(manifest).toContain('"license": "AGPL-3.0-or-later"')
    const text = await readFile(path.join(project, 'LICENSE'), 'utf8')
    expect(text).toMatch(/^ +GNU AFFERO GENERAL PUBLIC LICENSE\n +Version 3, 19 November 2007\n/)
    expect(text).toContain('How to Apply These Terms to Your New Programs')
  })
})
