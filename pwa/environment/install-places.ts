/** Two places for the id of an account's install that are cleared apart from localStorage and IndexedDB. */
import type { BrowserEnvironment, InstallPlace } from '../client/environment.ts'

/** Apart from the worker's caches, so that no update removes it. */
const CACHE = 'letterlock-install'
const ANSWER_MOST_MS = 1_000
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
  read: (account) =>
    inTime(async () => {
      const kept = await caches.match(entryName(account), { cacheName: CACHE })
      return (await kept?.text()) ?? null
    }),
  write: (account, id) =>
    inTime(async () => (await caches.open(CACHE)).put(entryName(account), new Response(id))),
  remove: (account) =>
    inTime(async () => {
      const entries = await caches.open(CACHE)
      await entries.delete(entryName(account))
      if ((await entries.keys()).length === 0) await caches.delete(CACHE)
    }),
}

/** Chromium at times never answers a page about caches whose storage was cleared under it (seen in 156). */
function inTime<T>(work: () => Promise<T>): Promise<T> {
  const patience = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error('the cache does not answer')), ANSWER_MOST_MS)
  })
  return Promise.race([work(), patience])
}

/** No address of the app: the server is never asked for it. */
const entryName = (account: number): string => `/install/${account}`

export const installPlaces: BrowserEnvironment['installPlaces'] = { cookie, cache }
