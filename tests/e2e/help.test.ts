/** The pages of words: how to protect the account, what to do on a loss, what is kept; signed in, signed out, and offline. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AppProcess } from '../support/app-process.ts'
import { Person } from './person.ts'
import { ScreenCamera } from './screen-camera.ts'

describe('help and privacy', () => {
  let folder: string
  let app: AppProcess
  let alice: Person
  let page: Page
  const camera = new ScreenCamera('.build/screens')
  const visit = async (name: string): Promise<void> => expect(await camera.visit(page, name)).toEqual([])
  const isAt = (title: string): Promise<void> => page.getByRole('heading', { name: title }).waitFor()

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'letterlock-help-'))
    app = await AppProcess.start()
    alice = new Person({ name: 'alice', folder: path.join(folder, 'laptop'), origin: app.origin })
    await alice.openBrowser()
    page = alice.page
    camera.watch(alice.context)
  })
  afterAll(async () => {
    await alice?.closeBrowser()
    await app?.remove()
    await rm(folder, { recursive: true, force: true })
  })

  test('are there for somebody who is signed out, and lead to one another and back', async () => {
    await page.getByRole('link', { name: 'Help' }).click()
    await isAt('Help with your account')
    await page.getByText('Keep a security key with you').waitFor()
    await page.getByText('You lost a phone, an app or a key').waitFor()
    await visit('help')
    await page.getByRole('link', { name: 'What is kept about you' }).click()
    await isAt('What is kept, and for how long')
    await page.getByText('12 hours after its sign-in at most').waitFor()
    await visit('privacy')
    await page.getByRole('link', { name: 'Back to sign in' }).click()
    await isAt('Sign in')
  })

  test('are there for somebody who is signed in, beside the list', async () => {
    await alice.register()
    await page.getByRole('button', { name: 'Account: alice' }).click()
    await page.getByRole('menuitem', { name: /^Help/ }).click()
    await isAt('Help with your account')
    await page.getByLabel('Find someone by username').waitFor()
    await visit('help-inside')
    await page.getByRole('link', { name: 'What is kept about you' }).click()
    await isAt('What is kept, and for how long')
  })

  test('are there without the server', async () => {
    await page.evaluate(() => navigator.serviceWorker.ready)
    await app.stop()
    await page.goto(`${app.origin}/help`)
    await isAt('Help with your account')
    await page.goto(`${app.origin}/privacy`)
    await isAt('What is kept, and for how long')
  })
})
