/** Addresses of the screens. The browser's history is the only memory of where we are. */
import { useEffect, useState } from 'preact/hooks'

export type Route =
  | { readonly name: 'home' }
  | { readonly name: 'register' }
  | { readonly name: 'sign-in' }
  /** Ways back in for somebody who lost a factor. */
  | { readonly name: 'recover' }
  | { readonly name: 'account' }
  | { readonly name: 'backup' }
  /** The first step of making a key backup. */
  | { readonly name: 'backup/new' }
  /** How safe messages and keys are in this browser. */
  | { readonly name: 'storage' }
  /** Words that everybody may read. */
  | { readonly name: 'help' }
  | { readonly name: 'privacy' }
  | { readonly name: 'conversation'; readonly contact: number }

const FIXED = [
  'register',
  'sign-in',
  'recover',
  'account',
  'backup',
  'backup/new',
  'storage',
  'help',
  'privacy',
] as const
const CONVERSATION_PATH = /^\/c\/([1-9][0-9]{0,15})$/

/** The route of a path; every path that is none of ours is home. */
export function parseRoute(path: string): Route {
  const fixed = FIXED.find((name) => path === `/${name}`)
  if (fixed) return { name: fixed }
  const contact = Number(CONVERSATION_PATH.exec(path)?.[1])
  return Number.isSafeInteger(contact) ? { name: 'conversation', contact } : { name: 'home' }
}

/** The path of a route: `parseRoute` backwards. */
export function formatRoute(route: Route): string {
  if (route.name === 'conversation') return `/c/${route.contact}`
  return route.name === 'home' ? '/' : `/${route.name}`
}

const listeners = new Set<() => void>()

/** Goes to a route as a new step of the browser's history. Going to where we are does nothing. */
export function navigate(route: Route): void {
  const path = formatRoute(route)
  if (path === location.pathname) return
  history.pushState({ from: location.pathname }, '', path)
  tellListeners()
}

/** Goes to a route in place of the present one: the back button does not lead here again. */
export function replaceRoute(route: Route): void {
  const path = formatRoute(route)
  if (path === location.pathname) return
  history.replaceState(null, '', path)
  tellListeners()
}

/** From whatever stands in the main pane to the list. Steps back if the list is where we came from, so that the history does not grow. */
export function leaveToList(): void {
  if (cameFromHome(history.state)) history.back()
  else replaceRoute({ name: 'home' })
}

function cameFromHome(state: unknown): boolean {
  return typeof state === 'object' && state !== null && 'from' in state && state.from === '/'
}

function tellListeners(): void {
  for (const listener of listeners) listener()
}

/** The present route; the component renders again when it changes. */
export function useRoute(): Route {
  const [path, setPath] = useState(location.pathname)
  useEffect(() => {
    const update = () => setPath(location.pathname)
    update()
    listeners.add(update)
    addEventListener('popstate', update)
    return () => {
      listeners.delete(update)
      removeEventListener('popstate', update)
    }
  }, [])
  return parseRoute(path)
}
