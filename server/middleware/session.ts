/**
 * The login session: koa-session carries the cookie's value to its row and back. What the row says and how long it lasts is
 * ours: koa-session's own times are not used.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type Koa from 'koa'
import type { Context, Middleware } from 'koa'
import { createSession } from 'koa-session'
import { originOf } from '../accounts/origin.ts'
import { fromBase64url, toBase64url } from '../bytes.ts'
import type { Deps } from '../deps.ts'
import { refuse } from '../errors.ts'
import { randomId } from '../random-id.ts'
import { hasEnded, isSteppedUp, sessionEndsAt } from '../session-limits.ts'
import {
  findSession,
  insertSession,
  renewSession,
  revokeSession,
  type SessionRow,
  wasRenewed,
} from '../stores/sessions.ts'
import { isApiPath } from './api-path.ts'
import { setCookie } from './set-cookie.ts'

export interface Sessions {
  readonly middleware: Middleware
  /** The request's session or pre-session; null: none that is valid. */
  of(ctx: Context): SessionRow | null
  /** Ends the request's session, if any, and begins one with a new value: a pre-session where `account` is null. */
  begin(ctx: Context, account: number | null): Promise<SessionRow>
  /** Gives the request's session a new value and begins its limits anew. Its streams go on. */
  renew(ctx: Context): Promise<SessionRow>
  /** Both factors were proved once more: renews the session, which may change them for a while. */
  stepUp(ctx: Context): Promise<SessionRow>
  /** Throws step_up_required unless both factors were proved in the request's session a short while ago. */
  requireStepUp(ctx: Context): void
  /** Ends the request's session: row, cookie and streams. */
  end(ctx: Context): void
  /** Sends the cookie again, with what is left of the session. */
  renewCookie(ctx: Context, row: SessionRow): void
  /** The proof that a body was written by our page: derived from the session, never equal to the cookie. */
  tokenOf(row: SessionRow): string
}

/** koa-session hangs this on the context; null removes the session at the end of the request. */
interface WithSession {
  session: { account: number | null; regenerate?: () => Promise<void> } | null
}

/** What koa-session hands to its store beside the key. */
interface Carried {
  readonly ctx?: Context
}

const KEY_BYTES = 32
const KEY_PATTERN = /^[A-Za-z0-9_-]{43}$/

function contextOf({ ctx }: Carried): Context {
  if (!ctx) throw new Error('koa-session called its store outside of a request.')
  return ctx
}

const hashKey = (key: string): Buffer => createHash('sha256').update(key).digest()

export function createSessions(
  app: Koa,
  deps: Pick<Deps, 'db' | 'hub' | 'config' | 'secrets' | 'clock' | 'randomBytes'>,
): Sessions {
  const { db, hub, config, secrets, clock, randomBytes } = deps
  const cookieName = config.isSecure ? '__Host-session' : 'session'
  const rows = new WeakMap<Context, SessionRow>()

  const readKey = (ctx: Context): string => {
    const key = ctx.cookies.get(cookieName) ?? ''
    return KEY_PATTERN.test(key) ? key : ''
  }
  const makeKey = (): string => toBase64url(randomBytes(KEY_BYTES))
  const sendCookie = (ctx: Context, key: string, row: SessionRow): void =>
    setCookie(ctx, {
      name: cookieName,
      value: key,
      maxAgeSeconds: Math.max(0, Math.floor((sessionEndsAt(row, config) - clock()) / 1000)),
      isSecure: config.isSecure,
    })
  const removeCookie = (ctx: Context): void =>
    setCookie(ctx, { name: cookieName, value: '', maxAgeSeconds: 0, isSecure: config.isSecure })
  const revoke = async (keyHash: Buffer): Promise<void> => {
    await revokeSession(db, keyHash, clock())
    hub.endSessions([keyHash])
  }

  const renew = async (ctx: Context, change: Partial<SessionRow>): Promise<SessionRow> => {
    const previous = rows.get(ctx)
    if (!previous) throw refuse('not_signed_in')
    const now = clock()
    const key = makeKey()
    const row = { ...previous, keyHash: hashKey(key), authenticatedAt: now, lastActiveAt: now, ...change }
    if (!(await renewSession(db, previous.keyHash, row))) throw refuse('not_signed_in')
    hub.moveSession(previous.keyHash, row.keyHash)
    rows.set(ctx, row)
    sendCookie(ctx, key, row)
    return row
  }

  /** A request that was under way while its session was renewed must not take the new cookie away. */
  const isCookieStale = async (ctx: Context): Promise<boolean> =>
    !rows.has(ctx) &&
    ctx.cookies.get(cookieName) !== undefined &&
    !(await wasRenewed(db, hashKey(readKey(ctx))))

  const store = {
    get: async (key: string, _maxAge: unknown, carried: Carried) => {
      const row = await findSession(db, hashKey(key))
      if (row === null) return undefined
      if (hasEnded(row, config, clock())) {
        await revoke(row.keyHash)
        return undefined
      }
      rows.set(contextOf(carried), row)
      return { account: row.account }
    },
    set: async (key: string, { account }: { account: number | null }, _maxAge: unknown, carried: Carried) => {
      const keyHash = hashKey(key)
      if (rows.get(contextOf(carried))?.keyHash.equals(keyHash)) return
      const now = clock()
      const isSignedIn = account !== null
      const row = {
        keyHash,
        account,
        authenticatedAt: now,
        lastActiveAt: now,
        id: isSignedIn ? randomId(randomBytes) : null,
        steppedUpAt: isSignedIn ? now : null,
      }
      const ctx = contextOf(carried)
      await insertSession(db, row, isSignedIn ? originOf(ctx) : null)
      const stored = await findSession(db, keyHash)
      if (stored) rows.set(ctx, stored)
    },
    destroy: async (key: string, carried: Carried) => {
      rows.delete(contextOf(carried))
      await revoke(hashKey(key))
    },
  }
  const carry = createSession(
    {
      key: cookieName,
      signed: false,
      genid: makeKey,
      externalKey: {
        get: readKey,
        set: (ctx: Context, key: string) => {
          const row = rows.get(ctx)
          if (row) sendCookie(ctx, key, row)
        },
      },
      store,
    },
    app,
  )
  // koa-session adds the property; its types do not say so.
  const withSession = (ctx: Context) => ctx as Context & WithSession

  const sessions: Sessions = {
    middleware: async (ctx, next) => {
      if (!isApiPath(ctx.path)) return next()
      await carry(ctx, async () => {
        if (await isCookieStale(ctx)) removeCookie(ctx)
        return next()
      })
      // koa-session removes the cookie with a date and without our attributes.
      if (withSession(ctx).session === null) removeCookie(ctx)
    },
    of: (ctx) => rows.get(ctx) ?? null,
    begin: async (ctx, account) => {
      const holder = withSession(ctx)
      holder.session = { account }
      await holder.session.regenerate?.()
      const row = rows.get(ctx)
      if (!row) throw new Error('The session was not stored.')
      return row
    },
    renew: (ctx) => renew(ctx, {}),
    stepUp: (ctx) => renew(ctx, { steppedUpAt: clock() }),
    requireStepUp: (ctx) => {
      const row = rows.get(ctx)
      if (!row || !isSteppedUp(row, clock())) throw refuse('step_up_required')
    },
    end: (ctx) => {
      withSession(ctx).session = null
    },
    renewCookie: (ctx, row) => sendCookie(ctx, readKey(ctx), row),
    tokenOf: ({ keyHash }) =>
      toBase64url(createHmac('sha256', secrets.csrf.current.bytes).update(keyHash).digest()),
  }
  return sessions
}

/** Compares in constant time. */
export function isSameToken(given: unknown, token: string): boolean {
  if (typeof given !== 'string') return false
  const one = fromBase64url(given)
  const other = fromBase64url(token)
  return given.length === token.length && one.length === other.length && timingSafeEqual(one, other)
}
