/** A page that runs the Wycheproof vectors through the app's own primitives. */
import { webCrypto } from '../../../pwa/protocol/primitives.ts'
import { runWycheproof, type WycheproofOutcome, type WycheproofSuite } from '../../protocol/wycheproof.ts'

const runInPage = (suite: WycheproofSuite, text: string): Promise<WycheproofOutcome> =>
  runWycheproof(webCrypto(globalThis.crypto), suite, text)

export interface WycheproofPage {
  readonly runInPage: typeof runInPage
}

Object.assign(window, { runInPage } satisfies WycheproofPage)
