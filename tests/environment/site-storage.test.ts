import { describe, expect, test } from 'vitest'
import { createSiteStorage } from '../../pwa/environment/site-storage.ts'

function refuse(): Promise<never> {
  return Promise.reject(new TypeError('not in this context'))
}

const BROWSERS: readonly [string, Parameters<typeof createSiteStorage>[0], boolean | null][] = [
  ['promises', { persist: async () => true, persisted: async () => true }, true],
  ['does not promise', { persist: async () => false, persisted: async () => false }, false],
  ['fails', { persist: refuse, persisted: refuse }, null],
  ['does not know the question', {}, null],
  ['has no storage manager', undefined, null],
]

describe('createSiteStorage', () => {
  test.each(BROWSERS)('tells of a browser that %s', async (_, manager, answer) => {
    const storage = createSiteStorage(manager, '')
    expect(await storage.isKept()).toBe(answer)
    expect(await storage.askToKeep()).toBe(answer)
  })

  test('tells what is used and what is left', async () => {
    const readSpace = (estimate: () => Promise<StorageEstimate>) =>
      createSiteStorage({ estimate }, '').readSpace()
    expect(await readSpace(async () => ({ usage: 3, quota: 10 }))).toEqual({ usedBytes: 3, leftBytes: 7 })
    expect(await readSpace(async () => ({ usage: 12, quota: 10 }))).toEqual({ usedBytes: 12, leftBytes: 0 })
    expect(await readSpace(async () => ({}))).toBeNull()
    expect(await readSpace(refuse)).toBeNull()
    expect(await createSiteStorage(undefined, '').readSpace()).toBeNull()
  })

  test.each([
    [
      'chromium',
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
    ],
    [
      'chromium',
      'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36 Edg/142.0',
    ],
    ['firefox', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'],
    [
      'webkit',
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15',
    ],
    [
      'webkit',
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/142.0 Mobile/15E148 Safari/604.1',
    ],
    [
      'webkit',
      'Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/140.0 Mobile/15E148 Safari/605.1.15',
    ],
    ['other', 'NetSurf/3.11 (Linux)'],
  ] as const)('takes for %s: %s', (engine, userAgent) => {
    expect(createSiteStorage(undefined, userAgent).engine).toBe(engine)
  })
})
