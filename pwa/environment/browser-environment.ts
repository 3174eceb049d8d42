/** The real browser, as the client asks for it. */
import type { BrowserEnvironment } from '../client/environment.ts'
import { installPlaces } from './install-places.ts'
import { createSiteStorage } from './site-storage.ts'
import { stretchInWorker } from './stretch-in-worker.ts'

/** `requestBackgroundDrain` comes from the bridge to the worker. */
export function createBrowserEnvironment(requestBackgroundDrain: () => void): BrowserEnvironment {
  return {
    keyStorage: localStorage,
    installPlaces,
    siteStorage: createSiteStorage(navigator.storage, navigator.userAgent),
    onKeyStorageChange: (listener) => listen(window, ['storage'], listener),
    isVisible: () => document.visibilityState === 'visible',
    onWake(listener) {
      const whenVisible = () => {
        if (document.visibilityState === 'visible') listener()
      }
      const stopVisible = listen(document, ['visibilitychange', 'resume'], whenVisible)
      const stopNetwork = listen(window, ['online', 'pageshow'], listener)
      return () => {
        stopVisible()
        stopNetwork()
      }
    },
    // oxlint-disable-next-line no-console -- the crypto log is meant to be read in the console
    logCrypto: (record) => console.log(`crypto ${JSON.stringify(record)}`),
    // oxlint-disable-next-line no-console -- where somebody who looks for the reason looks first
    reportFault: (error) => console.error('Letterlock met an unexpected error.', error),
    requestBackgroundDrain,
    stretch: stretchInWorker,
  }
}

function listen(target: EventTarget, types: readonly string[], listener: () => void): () => void {
  for (const type of types) target.addEventListener(type, listener)
  return () => types.forEach((type) => target.removeEventListener(type, listener))
}
