import { expect } from 'vitest'
import type { Person } from './person.ts'

/** The worker serves the whole site, and Chromium has nothing to say against installing the app. */
export async function expectInstallable({ page, context, origin }: Person): Promise<void> {
  const scope = await page.evaluate(async () => (await navigator.serviceWorker.ready).scope)
  expect(scope).toBe(`${origin}/`)
  const tools = await context.newCDPSession(page)
  expect(await tools.send('Page.getInstallabilityErrors')).toEqual({ installabilityErrors: [] })
  expect(await tools.send('Page.getAppManifest')).toMatchObject({ errors: [] })
}
