/** Names each request, in its answer and in every line that it leaves in the log. */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Middleware } from 'koa'
import type { Deps, Log } from '../deps.ts'

const ID_BYTES = 16
/** As nginx makes them. */
const WELL_FORMED = /^[0-9a-f]{32}$/

const current = new AsyncLocalStorage<string>()

/** Takes the proxy's name for a request where a proxy is trusted, and makes one elsewhere. */
export function nameRequests({ config, randomBytes }: Pick<Deps, 'config' | 'randomBytes'>): Middleware {
  return (ctx, next) => {
    const given = config.isProxyTrusted ? ctx.get('X-Request-Id') : ''
    const id = WELL_FORMED.test(given) ? given : Buffer.from(randomBytes(ID_BYTES)).toString('hex')
    ctx.set('X-Request-Id', id)
    return current.run(id, next)
  }
}

/** The same log, with the request's name in lines that are written while one is worked on. */
export const withRequestId =
  (log: Log): Log =>
  (line) => {
    const request = current.getStore()
    log(request === undefined ? line : { ...line, request })
  }

/** `work`, to be done later for the request that is worked on now. */
export const forThisRequest = <T>(work: () => T): (() => T) => AsyncLocalStorage.bind(work)
