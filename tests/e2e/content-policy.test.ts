/** What somebody could plant in a page, under the policy that the server really sends; and on a page without one, where it works. */
import { createServer, type Server } from 'node:http'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AppProcess } from '../support/app-process.ts'
import { BrowserProfile } from '../support/browser.ts'
import { FaultProxy } from '../support/fault-proxy.ts'
import { findFreePort } from '../support/free-port.ts'

const INLINE =
  '<script>document.title = "planted"</script><p onclick="document.title = `planted`">here</p></body>'

let folder: string
let app: AppProcess
let proxy: FaultProxy
let profile: BrowserProfile
let elsewhere: Server
let foreign: string
/** Bodies that were posted to the foreign server. */
const posted: string[] = []

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'letterlock-policy-'))
  app = await AppProcess.start()
  proxy = await FaultProxy.start(app.port)
  const port = await findFreePort()
  foreign = `http://127.0.0.1:${port}/`
  elsewhere = createServer((request, response) => {
    if (request.method === 'POST') posted.push(request.url ?? '')
    response.setHeader('Content-Type', 'text/html').end(`<!doctype html><body>${INLINE}`)
  })
  await new Promise<void>((resolve) => elsewhere.listen(port, '127.0.0.1', resolve))
  profile = new BrowserProfile(path.join(folder, 'browser'), {
    flags: [`--host-resolver-rules=MAP localhost:${app.port} 127.0.0.1:${proxy.port}`],
  })
  await profile.open()
})

afterAll(async () => {
  await profile?.close()
  await proxy?.stop()
  await app?.remove()
  await new Promise((resolve) => elsewhere.close(resolve))
  await rm(folder, { recursive: true, force: true })
})

/** Our page as it is, or the foreign one, which has no policy. */
const open = (where: 'here' | 'elsewhere'): Promise<Page> =>
  profile.openPage(where === 'here' ? app.origin : foreign)

/** Runs `source` as code of the page, and not of the debugger, whom no policy binds. Gives what came of it, or the refusal. */
const runIn = (page: Page, source: (foreignAddress: string) => unknown): Promise<string> =>
  page.evaluate(
    ([text, address]) =>
      new Promise<string>((resolve) => {
        // The debugger makes the function; the timer calls it when the debugger is out of it.
        // oxlint-disable-next-line no-implied-eval, typescript/no-implied-eval -- that is what is planted here
        const planted = new Function('address', `return (${text})(address)`)
        setTimeout(() => {
          try {
            resolve(String(planted(address)))
          } catch (error) {
            resolve(`refused: ${String(error)}`)
          }
        })
      }),
    [String(source), foreign] as const,
  )

describe('the content policy', () => {
  test('refuses an inline script and an inline handler, which run elsewhere', async () => {
    const there = await open('elsewhere')
    expect(await there.title()).toBe('planted')
    proxy.treat(({ path: place }) => ({
      kind: 'pass',
      ...(place === '/' && { rewrite: (body: string) => body.replace('</body>', INLINE) }),
    }))
    const page = await open('here')
    await page.getByText('here', { exact: true }).click()
    expect(await page.title()).not.toBe('planted')
    expect(profile.policyViolations).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^policy violation: script-src-elem inline/),
        expect.stringMatching(/^policy violation: script-src-attr inline/),
      ]),
    )
    proxy.mend()
  })

  test.each([
    // oxlint-disable-next-line no-eval -- that is what is planted here
    ['eval', () => (0, eval)('6 * 7'), '42'],
    [
      'innerHTML',
      () => {
        document.body.innerHTML = '<b>planted</b>'
        return document.body.textContent
      },
      'planted',
    ],
  ] as const)('refuses %s, which works elsewhere', async (_what, planted, result) => {
    expect(await runIn(await open('elsewhere'), planted)).toBe(result)
    const page = await open('here')
    expect(await runIn(page, planted)).toMatch(/^refused: (EvalError|TypeError)/)
    expect(await page.textContent('body')).not.toBe('planted')
  })

  test('refuses to post a form to another site, which works elsewhere', async () => {
    const post = (address: string): void => {
      const form = document.createElement('form')
      form.method = 'post'
      form.action = `${address}from-${location.hostname}`
      document.body.append(form)
      form.submit()
    }
    const there = await open('elsewhere')
    const arrived = there.waitForURL(/from-127/)
    await runIn(there, post)
    await arrived
    const page = await open('here')
    const refused = page.waitForEvent('console', (message) => /form-action/.test(message.text()))
    await runIn(page, post)
    await refused
    expect(page.url()).toBe(`${app.origin}/`)
    expect(posted).toEqual(['/from-127.0.0.1'])
  })
})
