import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'

const dist = fileURLToPath(new URL('../../dist', import.meta.url))

describe('the built page', () => {
  let files: string[]
  let page: string
  let worker: string

  beforeAll(async () => {
    const entries = await readdir(dist, { recursive: true, withFileTypes: true })
    files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name))
    files = files.map((file) => path.relative(dist, file))
    page = await readFile(path.join(dist, 'index.html'), 'utf8')
    worker = await readFile(path.join(dist, 'sw.js'), 'utf8')
  })

  test('has nothing inline that the content security policy would refuse', () => {
    expect(page).toMatch(/<script type="module"[^>]* src="\/assets\//)
    expect(page).not.toMatch(/<script(?![^>]*\ssrc=)/)
    expect(page).not.toMatch(/<style|\sstyle=|\son[a-z]+=|javascript:|data:/)
  })

  test('carries a hash of the content in the name of every script and style', () => {
    const scripts = files.filter((file) => /\.(js|css)$/.test(file) && file !== 'sw.js')
    expect(scripts.length).toBeGreaterThan(0)
    for (const file of scripts) expect(file).toMatch(/^assets\/.+-[\w-]{8}\.(js|css)$/)
  })

  test('is kept by the worker, every file of it but the pictures that stores show, and nothing else', () => {
    const isKept = (file: string) => file !== 'sw.js' && !/^screenshots\/|\.gz$/.test(file)
    const kept = files.filter(isKept)
    const listed = [...worker.matchAll(/"?url"?:\s*["'`]([^"'`]+)["'`]/g)].map((match) => match[1])
    expect(listed.length).toBe(kept.length)
    expect(new Set(listed)).toEqual(new Set(kept))
  })

  test('has a packed copy beside every text', async () => {
    const texts = files.filter((file) => /\.(js|css|html|webmanifest|svg)$/.test(file))
    expect(texts).toContain('sw.js')
    for (const file of texts) {
      const packed = await readFile(path.join(dist, `${file}.gz`))
      expect(gunzipSync(packed).equals(await readFile(path.join(dist, file))), file).toBe(true)
    }
  })

  test('comes with a worker of one classic script without key code', async () => {
    const scripts = files.filter((file) => /^assets\/.*\.js$/.test(file))
    const texts = await Promise.all(scripts.map((file) => readFile(path.join(dist, file), 'utf8')))
    const keyCode = ['deriveBits', 'importKey', 'AES-GCM', 'P-384']
    // The page has all of them, so their absence from the worker is no trick of the minifier.
    expect(keyCode.filter((name) => texts.some((text) => text.includes(name)))).toEqual(keyCode)
    expect(keyCode.filter((name) => worker.includes(name))).toEqual([])
    expect(/^\s*(import|export)\b/m.test(worker)).toBe(false)
  })
})
