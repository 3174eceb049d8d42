/** Puts every route of the table on the router, each behind the same checks in the same order. */
import { bodyParser } from '@koa/bodyparser'
import { Router } from '@koa/router'
import type { Context, Middleware } from 'koa'
import * as v from 'valibot'
import type { Config } from '../config.ts'
import { invalidBody, invalidPath, refuse } from '../errors.ts'
import { isApiPath } from '../middleware/api-path.ts'
import { isSameToken, type Sessions } from '../middleware/session.ts'
import type { SessionRow } from '../stores/sessions.ts'
import { type Route, type RouteName, routes } from '../wire/routes.ts'
import type { Call, Handlers } from './call.ts'

interface Registration {
  readonly config: Config
  readonly sessions: Sessions
  readonly handlers: Handlers
}

export function createRouter(registration: Registration): Router {
  const router = new Router({ strict: true, sensitive: true })
  // The keys of the table are its names.
  for (const name of Object.keys(routes) as RouteName[]) register(router, name, registration)
  return router
}

/** Answers what no route did: 405 where the path is known, 404 elsewhere. Leaves the app's files alone. */
export function refuseUnknown(router: Router): Middleware {
  return (ctx, next) => {
    if (!isApiPath(ctx.path)) return next()
    throw refuse(router.match(ctx.path, ctx.method).path.length > 0 ? 'method_not_allowed' : 'not_found')
  }
}

function register(router: Router, name: RouteName, { config, sessions, handlers }: Registration): void {
  const route: Route = routes[name]
  // The table pairs each name with its own call; a loop over names cannot show that.
  const handle = handlers[name] as (call: Call<never>) => Promise<unknown>
  const readJson = createJsonReader(route)
  router.register(route.path, [route.method], async (ctx: Context, next) => {
    // The router answers HEAD wherever it answers GET; the live stream would stay open.
    if (ctx.method !== route.method) return next()
    checkOrigin(ctx, route, config)
    const session = authorise(route, sessions.of(ctx))
    const body = await readJson(ctx)
    if (route.body !== null) checkToken(body, session, sessions)
    if (route.access === 'stepped-up') sessions.requireStepUp(ctx)
    const answer = await handle({
      ctx,
      session,
      account: session?.account ?? null,
      params: parsePath(route.params, ctx['params']),
      query: parsePath(route.query, { ...ctx.query }),
      body: route.body === null ? null : parseBody(route.body, body),
      // Each part has just been parsed by the schema that its type is inferred from.
    } as unknown as Call<never>)
    if (route.answer !== null) ctx.body = answer
    return undefined
  })
}

function checkOrigin(ctx: Context, route: Route, { publicOrigin }: Config): void {
  if (route.method === 'POST' && ctx.request.type !== 'application/json') throw refuse('wrong_content_type')
  // The page never packs a body, and what is unpacked here may be anything.
  if (ctx.get('Content-Encoding') !== '') throw refuse('wrong_content_type')
  if (route.method === 'POST' && ctx.get('Origin') !== publicOrigin) throw refuse('wrong_origin')
  const site = ctx.get('Sec-Fetch-Site')
  // `none` is an address that the person typed. A link on another site must not even begin a session: the browser keeps
  // the strict cookie back, and a new one would take its place.
  const isOurs = site === '' || site === 'same-origin' || (site === 'none' && route.access === 'anyone')
  if (!isOurs) throw refuse('wrong_origin')
}

function authorise(route: Route, session: SessionRow | null): SessionRow | null {
  if (route.access === 'anyone') return session
  if (session === null) throw refuse('not_signed_in')
  if (route.access === 'pre-session') return session
  if (session.account === null) throw refuse('not_signed_in')
  if (session.mustChangePassword && !route.isOpenToForcedChange) throw refuse('password_change_required')
  return session
}

function createJsonReader({ body, bodyMostBytes }: Route): (ctx: Context) => Promise<unknown> {
  if (body === null) return () => Promise.resolve(null)
  const read = bodyParser({ enableTypes: ['json'], jsonLimit: bodyMostBytes })
  return async (ctx) => {
    await read(ctx, () => Promise.resolve())
    return ctx.request.body
  }
}

function checkToken(body: unknown, session: SessionRow | null, sessions: Sessions): void {
  const given = typeof body === 'object' && body !== null && 'token' in body ? body.token : null
  if (session === null || !isSameToken(given, sessions.tokenOf(session))) throw refuse('csrf_mismatch')
}

function parseBody(schema: v.GenericSchema, value: unknown): unknown {
  const result = v.safeParse(schema, value)
  if (!result.success) throw invalidBody(v.getDotPath(result.issues[0]) ?? '')
  return result.output
}

function parsePath(schema: v.GenericSchema, value: unknown): unknown {
  const result = v.safeParse(schema, value)
  if (!result.success) throw invalidPath(v.getDotPath(result.issues[0]) ?? '')
  return result.output
}
