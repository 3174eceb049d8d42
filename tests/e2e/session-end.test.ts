import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AppProcess } from '../support/app-process.ts'
import { Person } from './person.ts'

/** Limits so low that the warnings are due a few seconds after the login. */
const WARNED_AFTER_S = 10

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'letterlock-session-end-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function withPerson(
  environment: Readonly<Record<string, string>>,
  work: (person: Person) => Promise<void>,
): Promise<void> {
  const app = await AppProcess.start({ environment })
  const name = `p${Object.keys(environment).join('').length}`
  const person = new Person({ name, folder: path.join(folder, name), origin: app.origin })
  try {
    await person.openBrowser()
    await person.register()
    await work(person)
  } finally {
    await person.closeBrowser()
    await app.remove()
  }
}

describe('a session that is about to end', () => {
  test('by idleness is kept by a press, for as long as before', async () => {
    const seconds = 120 + WARNED_AFTER_S
    await withPerson({ SESSION_IDLE_SECONDS: String(seconds) }, async ({ page }) => {
      const dialog = page.getByRole('dialog', { name: 'Are you still there?' })
      await dialog.waitFor()
      await page.waitForTimeout(60_000)
      const moved = page.waitForResponse((response) => response.url().endsWith('/api/session/activity'))
      await dialog.getByRole('button', { name: 'Stay signed in' }).click()
      expect((await moved).status()).toBe(200)
      await dialog.waitFor({ state: 'hidden' })
    })
  })

  test('for good asks for the password, and goes on with it', async () => {
    const seconds = 300 + WARNED_AFTER_S
    await withPerson({ SESSION_ABSOLUTE_SECONDS: String(seconds) }, async (person) => {
      const dialog = person.page.getByRole('dialog', { name: 'Your session ends soon' })
      await dialog.waitFor()
      // The first warning of an hour is due at once here; the last one follows.
      await dialog.getByRole('button', { name: 'Not now' }).click()
      await dialog.waitFor()
      await dialog.getByLabel('Password', { exact: true }).fill('not my password')
      await dialog.getByRole('button', { name: 'Go on' }).click()
      await dialog.getByRole('alert').filter({ hasText: 'not right' }).waitFor()
      await dialog.getByLabel('Password', { exact: true }).fill(person.password)
      const answered = person.page.waitForResponse((response) =>
        response.url().endsWith('/api/session/reauth'),
      )
      await dialog.getByRole('button', { name: 'Go on' }).click()
      const answer = (await (await answered).json()) as { endsAtLatest: number; now: number } // the wire's session
      expect(answer.endsAtLatest - answer.now).toBeGreaterThan((seconds - 2) * 1000)
    })
  })
})
