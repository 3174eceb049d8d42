import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chooseOrigin, DOMAIN, type Site, startSite } from '../nginx/site.ts'
import { AppProcess } from '../support/app-process.ts'
import { BrowserProfile, type ProfileOptions } from '../support/browser.ts'
import { expectInstallable } from './installable.ts'
import { Person } from './person.ts'
import { makeTrustingHome } from './trusting-home.ts'

const flags = [`--host-resolver-rules=MAP ${DOMAIN} 127.0.0.1`]
let folder: string
let app: AppProcess
let site: Site
let alice: Person
let bob: Person

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'letterlock-behind-tls-'))
  const { httpsPort, origin } = await chooseOrigin()
  app = await AppProcess.start({ environment: { PUBLIC_ORIGIN: origin, TRUST_PROXY: '1' } })
  site = await startSite({ httpsPort, appServers: [`127.0.0.1:${app.port}`] })
  const home = path.join(folder, 'trusting')
  await makeTrustingHome(home, site.certificate.ca)
  const options: ProfileOptions = { flags, environment: { HOME: home } }
  const person = (name: string): Person =>
    new Person({ name, folder: path.join(folder, name), origin, options })
  alice = person('alice')
  bob = person('bob')
  await Promise.all([alice.openBrowser(), bob.openBrowser()])
})
afterAll(async () => {
  await Promise.allSettled([alice.closeBrowser(), bob.closeBrowser()])
  await site.stop()
  await app.remove()
  await rm(folder, { recursive: true, force: true })
})

describe('a browser that was there never before', () => {
  async function inFreshBrowser<T>(home: string, work: (profile: BrowserProfile) => Promise<T>): Promise<T> {
    const profile = new BrowserProfile(path.join(home, 'profile'), { flags, environment: { HOME: home } })
    await profile.open()
    try {
      return await work(profile)
    } finally {
      await profile.close()
    }
  }

  test('opens nothing without trust in the CA', async () => {
    const home = path.join(folder, 'trusting-nobody')
    await mkdir(home)
    await inFreshBrowser(home, async (profile) => {
      await expect(profile.openPage(site.origin)).rejects.toThrow('ERR_CERT_AUTHORITY_INVALID')
    })
  })

  test('is sent from plain HTTP to the site', async () => {
    const home = path.join(folder, 'trusting-too')
    await makeTrustingHome(home, site.certificate.ca)
    await inFreshBrowser(home, async (profile) => {
      const page = await profile.openPage(`http://${DOMAIN}:${site.httpPort}/sign-in`)
      expect(new URL(page.url()).origin).toBe(site.origin)
    })
  })
})

describe('behind nginx and its TLS', () => {
  test('people register, and a message arrives over the live stream', async () => {
    await Promise.all([alice.register(), bob.register()])
    await alice.find('bob')
    await alice.write('bob', 'hello over TLS')
    await bob.page.getByRole('link', { name: 'alice' }).click()
    await bob.waitForText('hello over TLS')
    await alice.waitForState('hello over TLS', 'Delivered')
    await bob.write('alice', 'and back')
    await alice.waitForText('and back')
    const { page } = alice
    const protocol = await page.evaluate(
      () =>
        performance
          .getEntriesByType('navigation')
          .map((entry) => Object.assign({}, entry.toJSON()).nextHopProtocol)[0],
    )
    expect(protocol).toBe('h2')
  })

  test('cookies are bound to the host and to TLS, and scripts read the install id alone', async () => {
    const cookies = await alice.context.cookies()
    expect(cookies.map(({ name }) => name)).toEqual(cookies.map(() => expect.stringMatching(/^__Host-/)))
    for (const cookie of cookies)
      expect(cookie).toMatchObject({ domain: DOMAIN, path: '/', secure: true, sameSite: 'Strict' })
    const readable = cookies.filter(({ httpOnly }) => !httpOnly)
    expect(readable.map(({ name }) => name)).toEqual([expect.stringMatching(/^__Host-install-[0-9]+$/)])
    expect(cookies.length).toBeGreaterThan(readable.length)
  })

  test('the worker is registered, and the app can be installed', async () => {
    await expectInstallable(alice)
  })

  test('whoever was there once goes by TLS from then on, whatever the address says', async () => {
    const page = await alice.context.newPage()
    // Nobody speaks TLS there: that the browser tries is the sign.
    await expect(page.goto(`http://${DOMAIN}:${site.httpPort}/`)).rejects.toThrow('ERR_SSL_PROTOCOL_ERROR')
    await page.close()
  })

  test('the app starts without the server', async () => {
    await alice.closeBrowser()
    await site.stop()
    await app.stop()
    await alice.openBrowser()
    await alice.page.getByRole('link', { name: 'bob' }).click()
    await alice.waitForText('and back')
    await alice.write('bob', 'written without a server')
    await alice.waitForState('written without a server', 'Queued')
  })

  test('nothing was done against the content policy', () => {
    for (const { profile } of [alice, bob]) {
      expect(profile.policyViolations).toEqual([])
      expect(profile.pageErrors).toEqual([])
    }
  })
})
