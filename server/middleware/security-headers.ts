/** Headers that every response bears, refusals and files alike. */
import type { Middleware } from 'koa'
import { isApiPath } from './api-path.ts'

/** One policy for all documents and workers. */
export const APP_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self' blob:; " +
  "font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; " +
  "object-src 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types letterlock"
/** An answer of the API is never a document. */
export const API_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"
const HSTS_SECONDS = 604_800

export function setSecurityHeaders({ isSecure }: { isSecure: boolean }): Middleware {
  return (ctx, next) => {
    const isApi = isApiPath(ctx.path)
    ctx.set({
      'Content-Security-Policy': isApi ? API_POLICY : APP_POLICY,
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Resource-Policy': 'same-origin',
    })
    if (isApi) ctx.set('Cache-Control', 'no-store')
    if (isSecure) ctx.set('Strict-Transport-Security', `max-age=${HSTS_SECONDS}`)
    return next()
  }
}
