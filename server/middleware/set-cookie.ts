import type { Context } from 'koa'

export interface Cookie {
  readonly name: string
  readonly value: string
  readonly maxAgeSeconds: number
  readonly isSecure: boolean
}

/** Sets a cookie for the whole host, which no script can read; a cookie of the same name set before is not sent. */
export function setCookie(ctx: Context, { name, value, maxAgeSeconds, isSecure }: Cookie): void {
  const others = [ctx.response.get('Set-Cookie')]
    .flat()
    .filter((line) => line && !line.startsWith(`${name}=`))
  const attributes = `Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`
  ctx.set('Set-Cookie', [...others, `${name}=${value}; ${attributes}`])
}
