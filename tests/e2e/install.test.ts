/** Installing the app: what the browser wants of it, its offer behind our own button, and the way where it makes none. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AppProcess } from '../support/app-process.ts'
import { Person } from './person.ts'

let app: AppProcess
let folder: string
let alice: Person

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'letterlock-install-'))
  app = await AppProcess.start()
  alice = new Person({ name: 'alice', folder: path.join(folder, 'alice'), origin: app.origin })
  await alice.openBrowser()
  await alice.context.addInitScript(withholdOffers)
  await alice.page.reload()
  await alice.register()
})

afterAll(async () => {
  await alice.closeBrowser()
  await app.remove()
  await rm(folder, { recursive: true, force: true })
})

async function chooseInstall(): Promise<void> {
  await alice.page.getByRole('button', { name: 'Account: alice' }).click()
  await alice.page.getByRole('menuitem', { name: 'Install the app' }).click()
}

/** As a browser that makes no offer, until it is told to. */
function withholdOffers(): void {
  addEventListener('beforeinstallprompt', (event) => {
    if (!sessionStorage.getItem('offers')) return event.stopImmediatePropagation()
    const prompt = (): Promise<void> => {
      document.documentElement.dataset['asked'] = 'yes'
      return Promise.resolve()
    }
    Object.assign(event, { prompt })
    document.documentElement.dataset['asked'] = 'no'
  })
}

const asked = () => alice.page.evaluate(() => document.documentElement.dataset['asked'])

describe('installing the app', () => {
  test('shows the way through the menus where the browser makes no offer', async () => {
    await chooseInstall()
    const dialog = alice.page.getByRole('dialog')
    await dialog.getByText('Add to Home Screen').waitFor()
    await alice.page.screenshot({ path: '.build/screens/install.png' })
    await alice.page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
  })

  test('has the browser ask when it offers to, and not before the person wants it', async () => {
    await alice.page.evaluate(() => sessionStorage.setItem('offers', 'yes'))
    await alice.page.reload()
    await expect.poll(asked).toBe('no')
    await chooseInstall()
    await expect.poll(asked).toBe('yes')
  })

  test('is no longer offered once it is installed', async () => {
    await alice.page.evaluate(() => dispatchEvent(new Event('appinstalled')))
    await alice.page.getByRole('button', { name: 'Account: alice' }).click()
    await alice.page.getByRole('menuitem', { name: 'Sign out' }).waitFor()
    expect(await alice.page.getByRole('menuitem', { name: 'Install the app' }).count()).toBe(0)
  })
})
