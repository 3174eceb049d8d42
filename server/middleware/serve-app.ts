/** The built app: its files, and its one page for every address that is not a file. */
import { send } from '@koa/send'
import type { Context, Middleware } from 'koa'
import type { Config } from '../config.ts'
import { refuse } from '../errors.ts'

/** Their names bear a hash of their content. */
const ASSETS = '/assets/'

export function serveApp({ appFolder, config }: { appFolder: string; config: Config }): Middleware {
  const publicHost = new URL(config.publicOrigin).host
  return async (ctx) => {
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') throw refuse('method_not_allowed')
    // On this machine one server answers to several names; the cookie and the stored keys belong to one of them.
    if (!config.isProxyTrusted && ctx.host !== publicHost) return ctx.redirect(config.publicOrigin + ctx.url)
    const isAsset = ctx.path.startsWith(ASSETS)
    ctx.set('Cache-Control', isAsset ? 'public, max-age=31536000, immutable' : 'no-cache')
    if (await sendFile(ctx, appFolder, ctx.path === '/' ? '/index.html' : ctx.path)) return
    if (isAsset) {
      ctx.set('Cache-Control', 'no-cache')
      throw refuse('not_found')
    }
    if (!(await sendFile(ctx, appFolder, '/index.html'))) throw refuse('not_found')
  }
}

async function sendFile(ctx: Context, root: string, path: string): Promise<boolean> {
  try {
    // The packed copies are for a proxy, which says in Vary that there are two.
    return (
      (await send(ctx, path, { root, index: false, format: false, gzip: false, brotli: false })) !== undefined
    )
  } catch (error) {
    // Missing, outside the folder, or not a path at all: nothing to see either way.
    if (error instanceof Error && 'status' in error && Number(error.status) < 500) return false
    throw error
  }
}
