/**
 * Browsers in which somebody has signed in completely before, by a cookie of their own. It stands for no secret and opens
 * nothing: it only puts an attempt on the account's other budget, so that strangers cannot lock its owner out.
 */
import { createHash } from 'node:crypto'
import type { Context } from 'koa'
import { toBase64url } from '../bytes.ts'
import { inTransaction } from '../database.ts'
import type { Deps } from '../deps.ts'
import { DEVICE_MS } from '../session-limits.ts'
import { renewDevice } from '../stores/known-devices.ts'
import { setCookie } from './set-cookie.ts'

export interface Devices {
  /** The SHA-256 of the cookie's value; null: there is none. */
  of(ctx: Context): Buffer | null
  /** After a complete login: this browser is known to the account from now on, by a new value. */
  remember(ctx: Context, account: number): Promise<void>
}

const KEY_BYTES = 32

export function createDevices({
  db,
  config,
  clock,
  randomBytes,
}: Pick<Deps, 'db' | 'config' | 'clock' | 'randomBytes'>): Devices {
  const name = config.isSecure ? '__Host-dev' : 'dev'
  const of = (ctx: Context): Buffer | null => {
    const value = ctx.cookies.get(name)
    return value === undefined ? null : hashKey(value)
  }
  return {
    of,
    async remember(ctx, account) {
      const value = toBase64url(randomBytes(KEY_BYTES))
      await inTransaction(db, (trx) =>
        renewDevice(trx, { before: of(ctx), keyHash: hashKey(value), account, now: clock() }),
      )
      setCookie(ctx, { name, value, maxAgeSeconds: DEVICE_MS / 1000, isSecure: config.isSecure })
    },
  }
}

const hashKey = (value: string): Buffer => createHash('sha256').update(value).digest()
