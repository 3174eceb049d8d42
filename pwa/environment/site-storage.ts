/** What the browser says of the storage that it gives this site. */
import type { Engine } from '../client/contract/storage-care.ts'
import type { SiteStorage } from '../client/environment.ts'

/** Some browsers have only a part of it, whatever the compiler's library says. */
type StorageQuestions = Partial<Pick<StorageManager, 'persisted' | 'persist' | 'estimate'>>

/** Left out at insecure addresses and in some private windows. */
interface Surroundings {
  readonly caches?: CacheStorage
  readonly navigator?: { readonly serviceWorker?: ServiceWorkerContainer }
}

/** `manager`: `navigator.storage`, undefined where the browser has none. */
export function createSiteStorage(manager: StorageQuestions | undefined, userAgent: string): SiteStorage {
  return {
    engine: readEngine(userAgent),
    isKept: async () => (await manager?.persisted?.().catch(() => null)) ?? null,
    askToKeep: async () => (await manager?.persist?.().catch(() => null)) ?? null,
    async readSpace() {
      const { usage, quota } = (await manager?.estimate?.().catch(() => null)) ?? {}
      if (usage === undefined || quota === undefined) return null
      return { usedBytes: usage, leftBytes: Math.max(0, quota - usage) }
    },
    async eraseSite() {
      const { caches, navigator: browser }: Surroundings = globalThis
      for (const name of (await caches?.keys()) ?? []) await caches?.delete(name)
      const registrations = (await browser?.serviceWorker?.getRegistrations()) ?? []
      for (const registration of registrations) await registration.unregister()
    },
  }
}

/** On iPhones and iPads every browser is WebKit, and says so: only there is Chrome called CriOS, and Firefox FxiOS. */
function readEngine(userAgent: string): Engine {
  if (userAgent.includes('Firefox/')) return 'firefox'
  if (/Chrom(e|ium)\//.test(userAgent)) return 'chromium'
  return userAgent.includes('AppleWebKit/') ? 'webkit' : 'other'
}
