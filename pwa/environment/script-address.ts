/// <reference types="vite/client" />
/** The addresses of scripts that this page starts: the content security policy admits no other policy than this. */
import type { Workbox } from 'workbox-window'
// oxlint-disable-next-line import/default -- vite gives the address of the built file
import captchaWorker from './captcha-worker.ts?worker&url'
// oxlint-disable-next-line import/default -- as above
import stretchWorker from './stretch-worker.ts?worker&url'

/** Text, or a text that Trusted Types vouch for. */
export type ScriptAddress = ConstructorParameters<typeof Workbox>[0]

declare global {
  /** Of the Trusted Types API, which the compiler's library does not know and some browsers do not have. */
  interface Window {
    readonly trustedTypes?: {
      createPolicy(
        name: string,
        rules: { createScriptURL(address: string): string },
      ): { createScriptURL(address: string): ScriptAddress }
    }
  }
}

const SCRIPTS = { serviceWorker: '/sw.js', captchaWorker, stretchWorker } as const

const policy = window.trustedTypes?.createPolicy('letterlock', {
  createScriptURL(address) {
    if (!Object.values(SCRIPTS).includes(address)) throw new TypeError(`not a script of this app: ${address}`)
    return address
  },
})

export function scriptAddress(name: keyof typeof SCRIPTS): ScriptAddress {
  return policy?.createScriptURL(SCRIPTS[name]) ?? SCRIPTS[name]
}
