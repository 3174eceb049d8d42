/** The app shell: every file of the built page, kept by the worker, so that the app opens without a network. */
import { cleanupOutdatedCaches, PrecacheController, PrecacheRoute } from 'workbox-precaching'
import { NavigationRoute, Router } from 'workbox-routing'

declare const self: ServiceWorkerGlobalScope

const files = new PrecacheController()
files.addToCacheList(self.__WB_MANIFEST)
cleanupOutdatedCaches()

const router = new Router()
router.registerRoute(new PrecacheRoute(files, { cleanURLs: false }))
// Every address of the app is the same page; which screen it shows is the page's matter.
router.registerRoute(new NavigationRoute(files.createHandlerBoundToURL('/index.html')))

/** Fetches and keeps all files; the install fails when one of them cannot be had. */
export function installShell(event: ExtendableEvent): void {
  void files.install(event)
}

/** Removes files that this version no longer lists. */
export function activateShell(event: ExtendableEvent): void {
  void files.activate(event)
}

/** The kept answer to a request for the page or one of its files; undefined for anything else. */
export function answerFromShell(event: FetchEvent): Promise<Response> | undefined {
  return router.handleRequest({ event, request: event.request })
}
