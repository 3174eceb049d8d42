/** Two places for the id of an account's install that are cleared apart from localStorage and IndexedDB. */
import type { BrowserEnvironment, InstallPlace } from '../client/environment.ts'

/** Apart from the worker's caches, so that no update removes it. */
const CACHE = 'letterlock-install'
/** 400 days, the most that Chromium allows. */
const COOKIE_FOR_S = 400 * 24 * 60 * 60

/**
 * On http, which Letterlock speaks on this machine only, WebKit takes no cookie that is `Secure`: it stays empty there.
 * Chromium and Firefox take it from localhost.
 */
const cookie: InstallPlace = {
  async read(account) {
    const start = `${cookieName(account)}=`
    const found = document.cookie.split('; ').find((part) => part.startsWith(start))
    return found?.slice(start.length) ?? null
  },
  write: async (account, id) => setCookie(account, id, COOKIE_FOR_S),
  remove: async (account) => setCookie(account, '', 0),
}

const cookieName = (account: number): string => `__Host-install-${account}`

function setCookie(account: number, value: string, forS: number): void {
  document.cookie = `${cookieName(account)}=${value}; Path=/; Secure; SameSite=Strict; Max-Age=${forS}`
}

const cache: InstallPlace = {
  async read(account) {
    const kept = await (await caches.open(CACHE)).match(entryName(account))
    return (await kept?.text()) ?? null
  },
  write: async (account, id) => (await caches.open(CACHE)).put(entryName(account), new Response(id)),
  async remove(account) {
    const entries = await caches.open(CACHE)
    await entries.delete(entryName(account))
    if ((await entries.keys()).length === 0) await caches.delete(CACHE)
  },
}

/** No address of the app: the server is never asked for it. */
const entryName = (account: number): string => `/install/${account}`

export const installPlaces: BrowserEnvironment['installPlaces'] = { cookie, cache }
