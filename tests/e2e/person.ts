/** A person at a browser: does on the screens what people do, and reads what people read. */
import type { BrowserContext, Locator, Page } from 'playwright-core'
import { BrowserProfile, type ProfileOptions } from '../support/browser.ts'
import type { AppLocator, AppPage, AppProfile } from '../support/engines/app-page.ts'
import { totpCode } from '../support/totp.ts'

export interface Bubble {
  readonly text: string
  /** Words of the state mark; null on the contact's messages. */
  readonly state: string | null
  readonly isMine: boolean
}

/** The person in any browser; `L` is the locator of its driver. */
export class PersonAt<
  L extends AppLocator<L>,
  P extends AppPage<L>,
  B extends AppProfile<P> = AppProfile<P>,
> {
  readonly name: string
  readonly password: string
  readonly profile: B
  readonly origin: string
  /** Known once registered. */
  otpauth = ''
  recoveryCodes: string[] = []
  /** Private keys and shared secrets that stood in localStorage when a browser was closed, base64url. */
  readonly keptSecrets: string[] = []
  #page: P | null = null
  #lastStep = 0

  constructor(parts: { name: string; profile: B; origin: string }) {
    this.name = parts.name
    this.password = `${parts.name} correct horse battery`
    this.origin = parts.origin
    this.profile = parts.profile
  }

  get page(): P {
    if (!this.#page) throw new Error(`${this.name} has no page open`)
    return this.#page
  }

  /** Opens the browser and the app in it. */
  async openBrowser(path = '/'): Promise<void> {
    this.#page = await this.profile.openFirstPage()
    await this.page.goto(this.origin + path)
  }

  /** Goes on in another tab, or at somebody else's browser, where a page is open. */
  sitDownAt(page: P): void {
    this.#page = page
  }

  async closeBrowser(): Promise<void> {
    if (this.#page) await this.#keepSecrets(this.#page)
    this.#page = null
    await this.profile.close()
  }

  async #keepSecrets(page: P): Promise<void> {
    const values = await page.evaluate(() => Object.values(localStorage)).catch(() => [])
    for (const value of values.map(String))
      for (const [, name, text] of value.matchAll(/"(privateKey|secret)":"([A-Za-z0-9_-]{22,})"/g))
        if (name && text) this.keptSecrets.push(text)
  }

  /** Closes the app's tab; the browser stays open with an empty one. */
  async closeTab(): Promise<void> {
    const blank = await this.profile.openPage('about:blank')
    await this.page.close()
    this.#page = blank
  }

  async openTab(path = '/'): Promise<void> {
    await this.page.goto(this.origin + path)
  }

  /** A one-time code that was not used yet, by the server's clock. */
  async oneTimeCode(serverNowMs: () => number): Promise<string> {
    for (;;) {
      const step = Math.floor(serverNowMs() / 30_000)
      if (step > this.#lastStep) {
        this.#lastStep = step
        return totpCode(this.otpauth, serverNowMs())
      }
      await this.page.waitForTimeout(500)
    }
  }

  async register(serverNowMs: () => number = Date.now): Promise<void> {
    const { page } = this
    await page.getByRole('link', { name: 'Create an account' }).click()
    await page.getByLabel('Username').fill(this.name)
    await page.getByLabel('Password', { exact: true }).fill(this.password)
    await this.letBrowserWork()
    await page.getByRole('button', { name: 'Continue' }).click()
    const link = page.getByRole('link', { name: 'Open in an app on this device' })
    this.otpauth = (await link.getAttribute('href')) ?? ''
    await page.getByLabel('One-time code').fill(await this.oneTimeCode(serverNowMs))
    await page.getByRole('button', { name: 'Continue' }).click()
    const codes = page.getByRole('list', { name: 'Recovery codes' }).getByRole('listitem')
    await codes.first().waitFor()
    this.recoveryCodes = (await codes.allTextContents()).map((code) => code.replaceAll(/[^0-9A-Z]/g, ''))
    await page.getByLabel('I have saved them').check()
    await page.getByRole('button', { name: 'Finish and sign in' }).click()
    await page.getByRole('button', { name: `Account: ${this.name}` }).waitFor()
  }

  /** Answers the captcha of the form by work, as people do who cannot see the picture. */
  async letBrowserWork(): Promise<void> {
    await this.page.getByRole('button', { name: 'Let this browser do the work instead' }).click()
    await this.waitForWork()
  }

  async waitForWork(): Promise<void> {
    await this.page.getByText('this browser has done the work').waitFor()
  }

  /** Fills the sign-in form that is shown, on its own screen or in the sheet over a conversation. */
  async signIn(serverNowMs: () => number = Date.now): Promise<void> {
    const form = this.page.locator('form', { has: this.page.getByLabel('One-time code') })
    const username = form.getByLabel('Username')
    if (await username.isEditable()) await username.fill(this.name)
    await form.getByLabel('Password', { exact: true }).fill(this.password)
    await form.getByLabel('One-time code').fill(await this.oneTimeCode(serverNowMs))
    await form.getByRole('button', { name: 'Sign in' }).click()
    await form.waitFor({ state: 'detached' })
  }

  async find(contactName: string): Promise<void> {
    await this.page.getByLabel('Find someone by username').fill(contactName)
    await this.page.getByLabel('Find someone by username').press('Enter')
    await this.composer(contactName).waitFor()
  }

  async openConversation(contactName: string): Promise<void> {
    const list = this.page.getByRole('navigation', { name: 'Conversations' })
    await list.getByRole('link', { name: contactName }).click()
    await this.composer(contactName).waitFor()
  }

  composer(contactName: string): L {
    return this.page.getByLabel(`Message to ${contactName}`)
  }

  async write(contactName: string, text: string): Promise<void> {
    await this.composer(contactName).fill(text)
    await this.composer(contactName).press('Enter')
    await this.bubble(text).waitFor()
  }

  bubble(text: string): L {
    return this.page.locator('.line', { has: this.page.getByText(text, { exact: true }) })
  }

  /** Waits until a message of this person has come as far as `state` says; what was sent may be delivered by then. */
  async waitForState(
    text: string,
    state: 'Waiting for keys' | 'Queued' | 'Sent' | 'Delivered' | 'Not sent',
  ): Promise<void> {
    // With the contact online, a message may be seen as delivered before anybody saw it as sent.
    const name = state === 'Sent' ? /^(Sent|Delivered)$/ : state
    await this.bubble(text).getByRole('img', { name }).waitFor()
  }

  async waitForText(text: string): Promise<void> {
    await this.bubble(text).waitFor()
  }

  /** The bubbles of the open conversation, oldest first. */
  bubbles(): Promise<Bubble[]> {
    return this.page.evaluate(() =>
      [...document.querySelectorAll('.line')].map((line) => ({
        text: line.querySelector('.bubble-text')?.textContent ?? '',
        state: line.querySelector('.state-mark')?.getAttribute('aria-label') ?? null,
        isMine: line.classList.contains('line-mine'),
      })),
    )
  }

  /** Scrolls up until the beginning of the conversation is shown. */
  async showWholeHistory(): Promise<void> {
    while (await this.page.getByText('Loading older messages…').isVisible())
      await this.page.evaluate(() => document.querySelector('[role=log]')?.scrollTo(0, 0))
  }

  async refreshKeys(): Promise<void> {
    await this.page.getByRole('button', { name: 'Conversation menu' }).click()
    await this.page.getByRole('menuitem', { name: 'Refresh keys' }).click()
  }

  /** Among the newest fifty items: older ones give way to what arrives. */
  notice(text: string | RegExp): L {
    return this.page.getByRole('log').getByRole('listitem').filter({ hasText: text })
  }
}

/** The person in Chromium, which most tests use. */
export class Person extends PersonAt<Locator, Page, BrowserProfile> {
  constructor(parts: { name: string; folder: string; origin: string; options?: ProfileOptions }) {
    super({ ...parts, profile: new BrowserProfile(parts.folder, parts.options) })
  }

  /** The newest item of the open conversation. */
  lastLine(): Locator {
    return this.page.getByRole('log').getByRole('listitem').last()
  }

  get context(): BrowserContext {
    return this.profile.context
  }
}
