/** The vectors of `tests/protocol/primitives.test.ts` again, by Chromium's WebCrypto in a page. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WYCHEPROOF_SUITES } from '../protocol/wycheproof.ts'
import { BrowserProfile } from '../support/browser.ts'
import { servePage, type PageSite } from './page-site.ts'
import type { WycheproofPage } from './pages/wycheproof.ts'

declare const window: WycheproofPage & Window

let folder: string
let site: PageSite
let profile: BrowserProfile
let page: Page

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'letterlock-wycheproof-'))
  site = await servePage('wycheproof', { folder: path.join(folder, 'site') })
  profile = new BrowserProfile(path.join(folder, 'profile'))
  await profile.open()
  page = await profile.openPage(site.address)
})

afterAll(async () => {
  await profile.close()
  site.close()
  await rm(folder, { recursive: true, force: true })
})

describe('the primitives in a page', () => {
  test.each(WYCHEPROOF_SUITES)(
    'give the verdict of all $count Wycheproof cases: $suite',
    async ({ suite, file, count, invalid }) => {
      const text = await readFile(new URL(`../vectors/wycheproof/${file}`, import.meta.url), 'utf8')
      const outcome = await page.evaluate(([suite, text]) => window.runInPage(suite, text), [
        suite,
        text,
      ] as const)
      expect(outcome).toEqual({ wrong: [], count, invalid })
    },
  )
})
