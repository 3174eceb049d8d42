/** A security key that Chromium has built in for tests: the page meets it as it meets a real one. */
import type { CDPSession, Page } from 'playwright-core'

export class VirtualKey {
  readonly #session: CDPSession
  readonly #authenticator: string

  /** Plugs a key into the browser of `page`. */
  static async plugIn(page: Page, { isSynced = false } = {}): Promise<VirtualKey> {
    const session = await page.context().newCDPSession(page)
    await session.send('WebAuthn.enable', { enableUI: false })
    const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'usb',
        automaticPresenceSimulation: true,
        defaultBackupEligibility: isSynced,
        defaultBackupState: isSynced,
      },
    })
    return new VirtualKey(session, authenticatorId)
  }

  private constructor(session: CDPSession, authenticator: string) {
    this.#session = session
    this.#authenticator = authenticator
  }

  /** Credential ids on the key, base64url. */
  async credentials(): Promise<string[]> {
    return (await this.#read()).map(({ credentialId }) => toBase64url(credentialId))
  }

  /** Puts every count of uses to `signCount`, as an old copy of the key would have it. */
  async setCount(signCount: number): Promise<void> {
    const authenticatorId = this.#authenticator
    for (const credential of await this.#read()) {
      const { credentialId } = credential
      await this.#session.send('WebAuthn.removeCredential', { authenticatorId, credentialId })
      await this.#session.send('WebAuthn.addCredential', {
        authenticatorId,
        credential: { ...credential, signCount },
      })
    }
  }

  async unplug(): Promise<void> {
    await this.#session.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: this.#authenticator })
  }

  async #read() {
    const authenticatorId = this.#authenticator
    return (await this.#session.send('WebAuthn.getCredentials', { authenticatorId })).credentials
  }
}

const toBase64url = (text: string): string => Buffer.from(text, 'base64').toString('base64url')
